(module_stmt body: (block (stmt)* @function.inside)) @function.around
(metric_stmt body: (_) @function.inside) @function.around
(signature_stmt body: (signature_body "{" (_)* @class.inside "}")) @class.around
(type_stmt type: (_) @class.inside) @class.around
(comment)+ @comment.around
