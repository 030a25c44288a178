; What can be selected, moved over and swapped.

(module_stmt body: (block) @function.inner) @function.outer
(metric_stmt body: (_) @function.inner) @function.outer
(extern_stmt) @function.outer
(tool_stmt) @function.outer

(signature_stmt body: (signature_body) @class.inner) @class.outer
(short_stmt (short) @class.inner) @class.outer
(type_stmt type: (_) @class.inner) @class.outer
(optimize_stmt body: (optimize_body) @class.inner) @class.outer
(test_stmt body: (test_body) @class.inner) @class.outer

(fields (field) @parameter.inner @parameter.outer)
(arguments (_) @parameter.inner @parameter.outer)

(call arguments: (arguments) @call.inner) @call.outer
(strategy arguments: (arguments) @call.inner) @call.outer
(retrieve arguments: (arguments) @call.inner) @call.outer

(if_stmt then: (block) @conditional.inner) @conditional.outer
(match_case body: (block) @conditional.inner)
(match_stmt) @conditional.outer

(for_stmt body: (block) @loop.inner) @loop.outer
(while_stmt body: (block) @loop.inner) @loop.outer
(repeat_stmt body: (block) @loop.inner) @loop.outer

(block (stmt) @statement.outer)
(return_stmt value: (_) @return.inner) @return.outer
(let_stmt name: (_) @assignment.lhs value: (_) @assignment.rhs @assignment.inner) @assignment.outer
(assign_stmt name: (_) @assignment.lhs value: (_) @assignment.rhs @assignment.inner) @assignment.outer

(int) @number.inner
(float) @number.inner
(comment) @comment.outer
