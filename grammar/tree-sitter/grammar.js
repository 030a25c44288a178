/**
 * The grammar of `.lmp` files for tree-sitter. Rules have the names that they have in `../lmp.lark`, which is what the
 * compiler reads; tests hold the two together.
 *
 * Newlines mean nothing. The words of `keywords.js` that are reserved are never names; the others are keywords where the
 * grammar expects them. Where a name could stand too, `src/scanner.c` looks at what follows and gives `_name` if the word
 * is one. The `if` between two values and the one that begins a statement or a filter are told apart by trying both.
 */

const { RESERVED } = require('./keywords.js');

const listed = (item) => seq(item, repeat(seq(',', item)), optional(','));
const separated = (item) => seq(item, repeat(seq(',', item)));

const PRECEDENCE = { or: 1, and: 2, not: 3, sum: 4, product: 5, minus: 6 };

module.exports = grammar({
  name: 'lmp',

  word: ($) => $.ident,

  externals: ($) => [
    $._line,
    $._name,
    $.comment,
    $._string_open,
    $._fstring_open,
    $._text,
    $.escape,
    $._string_close,
    $._hole_open,
    $.pattern,
    // What is wrong whatever stands around it: no rule has it.
    $._stray,
  ],

  extras: ($) => [/[ \t\r\n\f]/, $.comment],

  reserved: { global: () => RESERVED },

  supertypes: ($) => [$.declaration, $.member, $.clause, $.stmt, $.type, $.expr],

  conflicts: ($) => [[$.expr, $.ternary]],

  rules: {
    // `_line` is empty: it stands before a line at the margin that declares something, so that what comes before such a
    // line, however broken, ends there. Other declarations have none.
    start: ($) => repeat(seq(optional($._line), $.declaration)),

    declaration: ($) =>
      choice(
        $.import_names,
        $.import_file,
        $.lm_stmt,
        $.type_stmt,
        $.data_stmt,
        $.signature_stmt,
        $.short_stmt,
        $.module_stmt,
        $.metric_stmt,
        $.optimize_stmt,
        $.emit_stmt,
        $.extern_stmt,
        $.tool_stmt,
        $.retriever_stmt,
        $.test_stmt,
      ),

    // Declarations

    import_names: ($) => seq('import', '{', listed($.imported), '}', 'from', field('file', $.string)),
    import_file: ($) => seq('import', field('file', $.string), 'as', field('alias', $._ident)),
    imported: ($) => seq(field('name', $._ident), optional(seq('as', field('alias', $._ident)))),

    lm_stmt: ($) =>
      seq('lm', field('name', $._ident), '=', field('model', $.string), optional(field('options', $.options))),
    type_stmt: ($) => seq('type', field('name', $._ident), '=', field('type', $.type)),
    data_stmt: ($) =>
      seq(
        'data',
        field('name', $._ident),
        optional(seq(':', field('row', $.type))),
        '=',
        choice(field('file', $.string), field('files', $.record_display)),
        optional(field('options', $.options)),
      ),

    signature_stmt: ($) =>
      seq(
        'signature',
        field('name', $._ident),
        optional(seq('extends', field('base', $.dotted))),
        field('body', $.signature_body),
      ),
    signature_body: ($) => seq('{', optional(field('doc', $.string)), repeat($.member), '}'),
    short_stmt: ($) => seq('signature', field('name', $._ident), '=', $.short),
    member: ($) => choice($.input, $.output, $.demo, $.prompt_one, $.prompt_turns),
    prompt_one: ($) => seq('prompt', $.words),
    prompt_turns: ($) => seq('prompt', '{', repeat($.turn), '}'),
    turn: ($) => seq(optional('fixed'), field('role', choice('system', 'user', 'assistant')), $.words),
    words: ($) => choice(field('text', $.string), seq('from', field('file', $.string))),
    input: ($) => seq('in', $._field),
    output: ($) => seq('out', $._field),
    demo: ($) => seq('demo', '{', field('inputs', $.bindings), '=>', field('outputs', $.bindings), '}'),
    bindings: ($) => $._bindings,
    _bindings: ($) => listed($.binding),

    short: ($) => seq(field('inputs', $.short_fields), '->', field('outputs', $.short_fields)),
    short_fields: ($) => separated($.short_field),
    short_field: ($) => seq(field('name', $._ident), optional(seq(':', field('type', $.type)))),

    module_stmt: ($) =>
      seq(
        'module',
        field('name', $._ident),
        field('parameters', $.fields),
        '->',
        field('returns', $.type),
        optional(seq('depth', field('depth', $.int))),
        field('body', alias($._module_block, $.block)),
      ),
    _module_block: ($) => seq('{', optional(field('doc', $.string)), repeat($.stmt), '}'),
    fields: ($) => seq('(', optional($._fields), ')'),
    _fields: ($) => listed($.field),
    field: ($) => $._field,
    _field: ($) =>
      seq(
        field('name', $._ident),
        ':',
        field('type', $.type),
        optional(seq('as', field('alias', $.string))),
        optional(field('doc', $.string)),
      ),

    metric_stmt: ($) =>
      seq('metric', field('name', $._ident), '(', listed(field('parameter', $._ident)), ')', '=', field('body', $.expr)),

    optimize_stmt: ($) =>
      seq(
        'optimize',
        field('name', $.dotted),
        optional(seq('for', field('profile', $.string))),
        field('body', $.optimize_body),
      ),
    optimize_body: ($) => seq('{', repeat($.clause), '}'),
    clause: ($) => choice($.named_clause, $.seed_clause, $.budget_clause, $.passes_clause, $.assertions_clause),
    named_clause: ($) => seq(choice('data', 'metric', 'lm', 'teacher', 'proposer'), field('name', $.dotted)),
    seed_clause: ($) => seq('seed', $.int),
    budget_clause: ($) => seq('budget', separated($.amount)),
    amount: ($) => seq(choice($.int, $.float), choice('calls', 'tokens', 'dollars')),
    passes_clause: ($) => seq('passes', separated($.pass_call)),
    pass_call: ($) => seq(field('name', $.pass_name), optional(field('arguments', $.arguments))),
    pass_name: ($) => choice($._ident, 'ensemble'),
    assertions_clause: ($) => seq('assertions', choice('on', 'off')),

    emit_stmt: ($) =>
      seq(
        'emit',
        separated(field('backend', $._ident)),
        'to',
        field('folder', $.string),
        optional(seq('for', field('profile', $.string))),
        optional($._with),
      ),

    extern_stmt: ($) =>
      seq(
        'extern',
        field('language', $._ident),
        field('file', $.string),
        field('name', $._ident),
        field('parameters', $.fields),
        '->',
        field('returns', $.type),
        optional(field('doc', $.string)),
      ),
    tool_stmt: ($) =>
      seq(
        'tool',
        field('name', $._ident),
        field('parameters', $.fields),
        '->',
        field('returns', $.type),
        '=',
        field('protocol', $._ident),
        field('target', $.string),
        optional(field('options', $.options)),
        optional(field('doc', $.string)),
      ),
    retriever_stmt: ($) =>
      seq(
        'retriever',
        field('name', $._ident),
        optional(seq(':', field('row', $.type))),
        '=',
        field('source', $.expr),
        optional(field('options', $.options)),
      ),
    test_stmt: ($) =>
      seq(
        'test',
        field('name', $.string),
        optional($._with),
        field('body', $.test_body),
      ),
    test_body: ($) => seq('{', repeat($.case), '}'),
    case: ($) => seq(field('call', choice($.invocation, $.strategy)), '=>', field('expected', $.expr)),
    invocation: ($) => seq(field('name', $.dotted), field('arguments', $.arguments)),

    // Types

    type: ($) => choice($._one_type, $.either_type),
    either_type: ($) => seq($._one_type, repeat1(seq('|', $._one_type))),
    _one_type: ($) => choice($._base_type, $.optional_type, $.constrained_type),
    constrained_type: ($) =>
      seq(
        $._base_type,
        choice(seq(choice($.between, $.at_most), optional(seq('matching', $.regex))), seq('matching', $.regex)),
      ),
    between: ($) => seq($.bound, '..', optional($.bound)),
    at_most: ($) => seq('up', 'to', $.int, optional(choice('chars', 'items'))),
    bound: ($) => seq(optional('-'), choice($.int, $.float)),
    optional_type: ($) => seq($._one_type, '?'),
    _base_type: ($) =>
      choice($.name_type, $.const_type, $.list_type, $.map_type, $.enum_type, $.record_type, $.grouped_type),
    grouped_type: ($) => seq('(', $.type, ')'),
    name_type: ($) => choice($.dotted, 'null'),
    const_type: ($) => choice($.string, $.int, 'true', 'false', seq('-', $.int)),
    list_type: ($) => seq('list', '[', $.type, ']'),
    map_type: ($) => seq('map', '[', field('key', $.type), ',', field('value', $.type), ']'),
    enum_type: ($) => seq('enum', '{', listed($.enum_value), '}'),
    enum_value: ($) => seq(field('value', choice($._ident, $.string)), optional(field('doc', $.string))),
    record_type: ($) => seq('{', optional($._fields), '}'),

    // Statements

    block: ($) => seq('{', repeat($.stmt), '}'),
    stmt: ($) =>
      choice(
        $.let_stmt,
        $.assign_stmt,
        $.if_stmt,
        $.for_stmt,
        $.while_stmt,
        $.repeat_stmt,
        $.break_stmt,
        $.match_stmt,
        $.check_stmt,
        $.return_stmt,
      ),
    let_stmt: ($) =>
      seq('let', field('name', $._ident), optional(seq(':', field('type', $.type))), '=', field('value', $.expr)),
    assign_stmt: ($) => seq(field('name', $._ident), '=', field('value', $.expr)),
    if_stmt: ($) =>
      seq(
        'if',
        field('condition', $.expr),
        field('then', $.block),
        optional(seq('else', field('otherwise', choice($.if_stmt, $.block)))),
      ),
    for_stmt: ($) =>
      seq(
        optional('parallel'),
        'for',
        field('name', $._ident),
        'in',
        field('items', $.expr),
        optional($._up_to),
        field('body', $.block),
      ),
    while_stmt: ($) => seq('while', field('condition', $.expr), optional($._up_to), field('body', $.block)),
    repeat_stmt: ($) => seq('repeat', $._up_to, field('body', $.block)),
    _up_to: ($) => seq('up', 'to', field('bound', $.int)),
    break_stmt: () => 'break',
    match_stmt: ($) =>
      seq(
        'match',
        field('value', $.expr),
        '{',
        repeat($.match_case),
        optional(seq('else', field('otherwise', $.block))),
        '}',
      ),
    match_case: ($) =>
      seq('case', field('type', $.type), optional(field('name', $._ident)), field('body', $.block)),
    check_stmt: ($) =>
      seq(
        choice('assert', 'suggest'),
        field('condition', $.expr),
        optional(seq('else', field('message', $.expr))),
        optional(seq('retry', field('retries', $.int))),
      ),
    return_stmt: ($) => seq('return', field('value', $.expr)),

    // Expressions, from loose to tight

    expr: ($) => choice($._disjunction, $.ternary, $.attempt),
    ternary: ($) =>
      seq(
        field('then', $._disjunction),
        'if',
        field('condition', $._disjunction),
        'else',
        field('otherwise', $.expr),
      ),
    attempt: ($) => seq('try', field('value', $.expr), 'else', field('otherwise', $.expr)),

    _disjunction: ($) => choice(alias($._logic, $.binary), alias($._negation, $.unary), $._comparison),
    _logic: ($) =>
      choice(
        ...['or', 'and'].map((word) =>
          prec.left(
            PRECEDENCE[word],
            seq(field('left', $._disjunction), field('operator', word), field('right', $._disjunction)),
          ),
        ),
      ),
    _negation: ($) => prec(PRECEDENCE.not, seq(field('operator', 'not'), field('operand', $._disjunction))),
    // A comparison of a comparison is none.
    _comparison: ($) => choice($._sum, alias($._compared, $.binary), $.not_in),
    _compared: ($) =>
      seq(
        field('left', $._sum),
        field('operator', choice('==', '!=', '<', '<=', '>', '>=', 'in')),
        field('right', $._sum),
      ),
    not_in: ($) => seq(field('left', $._sum), 'not', 'in', field('right', $._sum)),
    _sum: ($) => choice(alias($._arithmetic, $.binary), alias($._minus, $.unary), $._postfix),
    _arithmetic: ($) =>
      choice(
        ...[
          [PRECEDENCE.sum, choice('+', '-')],
          [PRECEDENCE.product, choice('*', '/', '//', '%')],
        ].map(([tightness, operator]) =>
          prec.left(tightness, seq(field('left', $._sum), field('operator', operator), field('right', $._sum))),
        ),
      ),
    _minus: ($) => prec(PRECEDENCE.minus, seq(field('operator', '-'), field('operand', $._sum))),

    _postfix: ($) => choice($._atom, $.attribute, $.subscript, $.call),
    attribute: ($) => seq(field('value', $._postfix), '.', field('name', $._ident)),
    subscript: ($) => seq(field('value', $._postfix), '[', field('index', $.expr), ']'),
    call: ($) => seq(field('callee', $._postfix), field('arguments', $.arguments)),
    _atom: ($) =>
      choice(
        $.reference,
        $.string,
        $.int,
        $.float,
        $.constant,
        $.fstring,
        $.list_display,
        $.comprehension,
        $.record_display,
        $.strategy,
        $.sampled,
        $.ensemble,
        $.retrieve,
        $.tune_choices,
        $.tune_range,
        $.grouped,
      ),
    grouped: ($) => seq('(', $.expr, ')'),

    reference: ($) => $._ident,
    constant: () => choice('true', 'false', 'null'),
    string: ($) => seq($._string_open, optional($.string_content), $._string_close),
    string_content: ($) => repeat1(choice($._text, $.escape)),
    fstring: ($) => seq($._fstring_open, repeat(choice($._text, $.escape, $.hole)), $._string_close),
    hole: ($) => seq(alias($._hole_open, '{'), $.expr, '}'),
    list_display: ($) => seq('[', optional($._exprs), ']'),
    comprehension: ($) =>
      seq(
        '[',
        field('value', $.expr),
        'for',
        field('name', $._ident),
        'in',
        field('items', $.expr),
        optional(seq('if', field('condition', $.expr))),
        optional($._up_to),
        ']',
      ),
    record_display: ($) => seq('{', optional($._bindings), '}'),
    strategy: ($) =>
      seq(
        field('strategy', choice('predict', 'chain_of_thought', 'program_of_thought', 'react', $.tuned_strategy)),
        choice(field('signature', $.dotted), seq('(', field('signature', $.short), ')')),
        field('arguments', $.arguments),
        optional(seq('as', field('site', $._ident))),
        optional(field('tools', $.using)),
        optional($._with),
      ),
    _with: ($) => seq('with', field('options', $.options)),
    using: ($) => seq('using', '[', listed($.dotted), ']'),
    tuned_strategy: ($) => seq('tune', '{', listed($.strategy_name), '}'),
    strategy_name: () => choice('predict', 'chain_of_thought'),
    sampled: ($) =>
      seq(
        field('strategy', choice('vote', 'best_of', 'refine', 'compare')),
        field('count', choice($.int, $.tune_range)),
        optional(seq('by', field('metric', $.dotted), optional(seq('above', choice($.int, $.float))))),
        field('call', $.strategy),
      ),
    ensemble: ($) => seq('ensemble', optional(seq('by', field('metric', $.dotted))), '[', $._exprs, ']'),
    retrieve: ($) => seq('retrieve', field('retriever', $.dotted), field('arguments', $.arguments)),
    tune_choices: ($) => seq('tune', '{', $._exprs, '}', optional(seq('at', field('at', $._chosen)))),
    _chosen: ($) => choice($.string, $.int, $.float, $.constant, $.reference),
    tune_range: ($) => seq('tune', $.bound, '..', $.bound, optional(seq('at', field('at', $.bound)))),
    _exprs: ($) => listed($.expr),
    arguments: ($) => seq('(', optional(listed(choice($.binding, $.expr))), ')'),
    binding: ($) => seq(field('name', $._ident), ':', field('value', $.expr)),
    options: ($) => seq('{', optional($._bindings), '}'),

    dotted: ($) => seq($._ident, repeat(seq('.', $._ident))),
    _ident: ($) => choice($.ident, alias($._name, $.ident)),

    regex: ($) => seq('/', $.pattern, '/'),

    // Tokens

    ident: () => /[A-Za-z_][A-Za-z0-9_]*/,
    int: () => /[0-9]+/,
    float: () => /[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+/,
  },
});
