(module_stmt body: (_) @function.inside) @function.around
(metric_stmt body: (_) @function.inside) @function.around
(extern_stmt) @function.around
(tool_stmt) @function.around

(signature_stmt body: (_) @class.inside) @class.around
(type_stmt type: (_) @class.inside) @class.around
(optimize_stmt body: (_) @class.inside) @class.around

(fields (field) @parameter.inside @parameter.around)
(arguments (_) @parameter.inside @parameter.around)

(test_stmt body: (_) @test.inside) @test.around

(comment) @comment.inside
(comment)+ @comment.around
