" Vim syntax file
" Language: lmp
" Written by `python -m lmc.editor.grammars` from grammar/lmp.lark; do not edit.

if exists('b:current_syntax')
  finish
endif
let s:cpo_save = &cpo
set cpo&vim
syn case match
syn spell notoplevel

syn cluster lmpAllHolesOfBlock contains=lmpInBlockHole
syn region lmpInBlockHole matchgroup=lmpInBlockHoleEdge start=/\%#=1\v\{/ end=/\%#=1\v\}|%(""")@=/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllHolesOfLine contains=lmpInLineHole
syn region lmpInLineHole matchgroup=lmpInLineHoleEdge start=/\%#=1\v\{/ end=/\%#=1\v\}|$/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllPrompts contains=lmpInPromptBlock,lmpInPromptLine
syn region lmpInPromptLine matchgroup=lmpInPromptLineEdge start=/\%#=1\v"/ end=/\%#=1\v"|$/ contained contains=@lmpAllJinjaOfLine,@lmpAllEscapes,@Spell
syn region lmpInPromptBlock matchgroup=lmpInPromptBlockEdge start=/\%#=1\v"""/ end=/\%#=1\v"""/ contained contains=@lmpAllJinjaOfBlock,@lmpAllEscapes,@Spell

syn cluster lmpAllEnums contains=lmpInEnum
syn region lmpInEnum matchgroup=lmpInEnumEdge start=/\%#=1\v\{/ end=/\%#=1\v\}/ contained contains=@lmpAllComments,@lmpAllMembers,@lmpAllStrings,@lmpAllCommas

syn cluster lmpAllChoices contains=lmpInChoices
syn region lmpInChoices matchgroup=lmpInChoicesEdge start=/\%#=1\v\{/ end=/\%#=1\v\}/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllCommas contains=lmpCommasMark
syn match lmpCommasMark /\%#=1\v,/ contained

syn cluster lmpAllRegexps contains=lmpInRegexp
syn region lmpInRegexp matchgroup=lmpInRegexpEdge start=/\%#=1\v\// end=/\%#=1\v\/|$/ contained contains=@lmpAllEscapesOfRegexp

syn cluster lmpAllEscapesOfRegexp contains=lmpEscapesOfRegexpEscape
syn match lmpEscapesOfRegexpEscape /\%#=1\v\\./ contained

syn cluster lmpAllFields contains=lmpFieldsField
syn match lmpFieldsField /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*:)@=/ contained

syn cluster lmpAllUnits contains=lmpUnitsUnit
syn match lmpUnitsUnit /\%#=1\v%(calls|chars|dollars|items|tokens)>/ contained

syn cluster lmpAllRoot contains=lmpInFormatBlock,lmpInFormatLine,lmpInOpening,lmpInPasses,lmpInStringBlock,lmpInStringLine,lmpRootArrow,lmpRootCall,lmpRootClause,lmpRootClauseBehindAssertions,lmpRootComment,lmpRootConstant,lmpRootControl,lmpRootDeclaration,lmpRootDeclarationNameOfData,lmpRootDeclarationNameOfLm,lmpRootDeclarationNameOfMetric,lmpRootDeclarationNameOfModule,lmpRootDeclarationNameOfRetriever,lmpRootDeclarationNameOfSignature,lmpRootDeclarationNameOfTool,lmpRootDeclarationNameOfType,lmpRootField,lmpRootFloatUnits,lmpRootFunction,lmpRootIntegerUnits,lmpRootLet,lmpRootMark,lmpRootMember,lmpRootMemberFields,lmpRootMemberPrompts,lmpRootModifier,lmpRootModifierRegexps,lmpRootName,lmpRootOperator,lmpRootOperatorWord,lmpRootOption,lmpRootRange,lmpRootStrategy,lmpRootStrategyChoices,lmpRootType,lmpRootTypeReference,lmpRootTypeWord,lmpRootTypeWordEnums
syn match lmpRootMark /\%#=1\v\(|\)|,|\.|:|\[|\]|\{|\}/
syn match lmpRootOperator /\%#=1\v!\=|\/\/|\<\=|\=\=|\>\=|\%|\*|\+|\-|\/|\<|\=|\>|\?|\|/
syn match lmpRootRange /\%#=1\v\.\./
syn match lmpRootArrow /\%#=1\v\-\>|\=\>/
syn match lmpRootName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*/
syn match lmpRootTypeReference /\%#=1\v<[A-Z][A-Za-z0-9_]*/
syn match lmpRootCall /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*\()@=/
syn match lmpRootFunction /\%#=1\v<%(abs|all|any|append|best|bleu|calls|capitalize|ceil|chunks|clamp|close|common|contains|count|counts|decided|default|dollars|drop|edit_similarity|ends_with|entity_f1|entries|enumerate|exact|extract|extract_all|f1|fenced|first|flatten|floor|format_number|get|group_by|index_of|join|json|json_match|keys|last|len|lines|list_f1|lower|matches|max|mean|merge|min|most_common|number|one_of|pad_end|pad_start|passage_match|precision|preference|put|range|recall|reciprocal_rank|regex|remove_prefix|remove_suffix|replace|reverse|rouge_l|round|run_code|same|seconds|sentences|set_f1|slice|sort|sort_by|split|starts_with|strip|substitute|sum|take|text|title|tokens|truncate|unique|upper|values|weighted|winner|without|words|zip)%([ \t]*\()@=/
syn match lmpRootField /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*:)@=/
syn match lmpRootOption /\%#=1\v<%(assertions|base_url|by|columns|concurrency|context|demos|fallback|fast|fields|frequency_penalty|headers|instruction|k|key|layout|lm|logit_bias|max_tokens|nearest|presence_penalty|price_in|price_out|recorded|replies|retries|sample|seed|self_contained|split|stop|strategy|structured|temperature|threads|timeout|tool|tools|top_p)%([ \t]*:)@=/
syn match lmpRootType /\%#=1\v%(%([:>|=] )@2<=|%([:\[])@2<=)%(audio|file|history|image)>%([ \t]*[:=(.])@!/
syn match lmpRootType /\%#=1\v<%(bool|float|int|null|str)>%([ \t]*[:=(.])@!/
syn match lmpRootIntegerUnits /\%#=1\v<%([0-9]+)/ nextgroup=@lmpAllUnits skipwhite
syn match lmpRootFloatUnits /\%#=1\v<%([0-9]+\.[0-9]+%([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/ nextgroup=@lmpAllUnits skipwhite
syn match lmpRootStrategy /\%#=1\v<%(best_of|chain_of_thought|compare|ensemble|predict|program_of_thought|react|refine|retrieve|vote)>/
syn match lmpRootOperatorWord /\%#=1\v<%(and|in|not|or)>/
syn match lmpRootLet /\%#=1\v<%(let)>/
syn match lmpRootControl /\%#=1\v<%(assert|break|else|for|if|match|parallel|repeat|return|suggest|try|while)>/
syn match lmpRootConstant /\%#=1\v<%(false|null|true)>/
syn match lmpRootTypeWord /\%#=1\v<map>%([ \t]*%(\[))@=/
syn match lmpRootTypeWord /\%#=1\v<list>%([ \t]*%(\[))@=/
syn match lmpRootModifier /\%#=1\v<with>%([ \t]*%(\{))@=/
syn match lmpRootModifier /\%#=1\v<using>%([ \t]*%(\[))@=/
syn match lmpRootModifier /\%#=1\v<up>%([ \t]+%(to>))@=/
syn match lmpRootModifier /\%#=1\v<to>%([ \t]*%([0-9]|"))@=/
syn match lmpRootModifier /\%#=1\v<retry>%([ \t]*%([0-9]))@=/
syn match lmpRootModifierRegexps /\%#=1\v<matching>%([ \t]*%(\/))@=/ nextgroup=@lmpAllRegexps skipwhite
syn match lmpRootModifier /\%#=1\v<from>%([ \t]*%("))@=/
syn match lmpRootModifier /\%#=1\v<extends>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootModifier /\%#=1\v<depth>%([ \t]*%([0-9]))@=/
syn match lmpRootModifier /\%#=1\v<by>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootModifier /\%#=1\v<at>%([ \t]+%(false>|\-|%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]|null>|true>)|[ \t]*%([0-9]|[0-9]|"))@=/
syn match lmpRootModifier /\%#=1\v<as>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_])|[ \t]*%("))@=/
syn match lmpRootModifier /\%#=1\v<above>%([ \t]*%([0-9]|[0-9]))@=/
syn match lmpRootMemberPrompts /\%#=1\v<user>%([ \t]+%(from>)|[ \t]*%("))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootMemberPrompts /\%#=1\v<system>%([ \t]+%(from>)|[ \t]*%("))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootMemberPrompts /\%#=1\v<prompt>%([ \t]+%(from>)|[ \t]*%(\{|"))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootMemberFields /\%#=1\v<out>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllFields skipwhite
syn match lmpRootMember /\%#=1\v<fixed>%([ \t]+%(assistant>|system>|user>))@=/
syn match lmpRootMember /\%#=1\v<demo>%([ \t]*%(\{))@=/
syn match lmpRootMemberPrompts /\%#=1\v<assistant>%([ \t]+%(from>)|[ \t]*%("))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootDeclarationNameOfType /\%#=1\v<type>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfType skipwhite
syn match lmpRootDeclarationNameOfTool /\%#=1\v<tool>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfTool skipwhite
syn match lmpRootDeclaration /\%#=1\v<test>%([ \t]*%("))@=/
syn match lmpRootDeclarationNameOfSignature /\%#=1\v<signature>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfSignature skipwhite
syn match lmpRootDeclarationNameOfRetriever /\%#=1\v<retriever>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfRetriever skipwhite
syn match lmpRootDeclaration /\%#=1\v<optimize>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootDeclarationNameOfModule /\%#=1\v<module>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfModule skipwhite
syn match lmpRootDeclarationNameOfMetric /\%#=1\v<metric>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfMetric skipwhite
syn match lmpRootDeclarationNameOfLm /\%#=1\v<lm>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfLm skipwhite
syn match lmpRootDeclaration /\%#=1\v<import>%([ \t]*%(\{|"))@=/
syn match lmpRootDeclaration /\%#=1\v<extern>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootDeclaration /\%#=1\v<emit>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootDeclarationNameOfData /\%#=1\v<data>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfData skipwhite
syn match lmpRootControl /\%#=1\v<case>%([ \t]+%(enum>|false>|list>|\(|map>|\-|%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]|null>|true>)|[ \t]*%([0-9]|\{|"))@=/
syn match lmpRootClause /\%#=1\v<teacher>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootClause /\%#=1\v<seed>%([ \t]*%([0-9]))@=/
syn match lmpRootClause /\%#=1\v<proposer>%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/
syn match lmpRootClause /\%#=1\v<budget>%([ \t]*%([0-9]|[0-9]))@=/
syn match lmpRootClauseBehindAssertions /\%#=1\v<assertions>%([ \t]+%(off>|on>))@=/ nextgroup=@lmpAllBehindAssertions skipwhite
syn match lmpRootMemberFields /\%#=1\v<in>%([ \t]+[A-Za-z_][A-Za-z0-9_]*[ \t]*:)@=/ nextgroup=@lmpAllFields skipwhite
syn region lmpInPasses matchgroup=lmpInPassesEdge start=/\%#=1\v<passes>%([ \t]+%(ensemble>|%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)>)@![A-Za-z_]))@=/ end=/\%#=1\v%(\}|<%(assertions|budget|data|lm|metric|passes|proposer|seed|teacher)>[ \t]+[A-Za-z0-9_"])@=/ contains=@lmpAllPasses,@lmpAllRoot
syn region lmpInStringLine matchgroup=lmpInStringLineEdge start=/\%#=1\v"/ end=/\%#=1\v"|$/ contains=@lmpAllEscapes
syn region lmpInStringBlock matchgroup=lmpInStringBlockEdge start=/\%#=1\v"""/ end=/\%#=1\v"""/ contains=@lmpAllEscapes
syn region lmpInOpening matchgroup=lmpInOpeningEdge start=/\%#=1\v\{/ end=/\%#=1\v%([^ \t"#])@=|%(")@2<=/ contains=@lmpAllDocs,@lmpAllComments
syn match lmpRootStrategyChoices /\%#=1\v<tune>/ nextgroup=@lmpAllChoices skipwhite
syn match lmpRootTypeWordEnums /\%#=1\v<enum>%([ \t]*%(\{))@=/ nextgroup=@lmpAllEnums skipwhite
syn region lmpInFormatLine matchgroup=lmpInFormatLineEdge start=/\%#=1\v<f"/ end=/\%#=1\v"|$/ contains=@lmpAllEscapes,@lmpAllBracesOfFormat,@lmpAllHolesOfLine
syn region lmpInFormatBlock matchgroup=lmpInFormatBlockEdge start=/\%#=1\v<f"""/ end=/\%#=1\v"""/ contains=@lmpAllEscapes,@lmpAllBracesOfFormat,@lmpAllHolesOfBlock
syn match lmpRootField /\%#=1\v%(\.)@2<=[A-Za-z_][A-Za-z0-9_]*/
syn match lmpRootComment /\%#=1\v#.*/

syn cluster lmpAllJinjaInside contains=lmpJinjaInsideJinjaConstant,lmpJinjaInsideJinjaName,lmpJinjaInsideJinjaNumber,lmpJinjaInsideJinjaOperator,lmpJinjaInsideJinjaOperatorJinjaFilters,lmpJinjaInsideJinjaWord,lmpJinjaInsideMark
syn match lmpJinjaInsideMark /\%#=1\v[(),.:\[\]{}]/ contained
syn match lmpJinjaInsideJinjaOperator /\%#=1\v\=\=|!\=|\<\=|\>\=|\/\/|\*\*|[-+*\/%<>=~]/ contained
syn match lmpJinjaInsideJinjaName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*/ contained
syn match lmpJinjaInsideJinjaNumber /\%#=1\v<[0-9]+%(\.[0-9]+)?/ contained
syn match lmpJinjaInsideJinjaConstant /\%#=1\v%(\.)@2<!<%(False|None|True|false|none|true)>/ contained
syn match lmpJinjaInsideJinjaWord /\%#=1\v%(\.)@2<!<%(if|elif|else|endif|for|endfor|set|raw|endraw|fixed|endfixed|print|and|in|is|not|or|recursive)>%([ \t]*\=[^=])@!/ contained
syn match lmpJinjaInsideJinjaOperatorJinjaFilters /\%#=1\v\|/ contained nextgroup=@lmpAllJinjaFilters skipwhite

syn cluster lmpAllJinjaFilters contains=lmpJinjaFiltersJinjaFilter
syn match lmpJinjaFiltersJinjaFilter /\%#=1\v[A-Za-z_][A-Za-z0-9_]*/ contained

syn cluster lmpAllNameOfSignature contains=lmpNameOfSignatureTypeName
syn match lmpNameOfSignatureTypeName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]+%(extends>)|[ \t]*%(\=|\{))@=/ contained

syn cluster lmpAllNameOfType contains=lmpNameOfTypeTypeName
syn match lmpNameOfTypeTypeName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\=))@=/ contained

syn cluster lmpAllNameOfModule contains=lmpNameOfModuleFunctionName
syn match lmpNameOfModuleFunctionName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\())@=/ contained

syn cluster lmpAllNameOfMetric contains=lmpNameOfMetricFunctionName
syn match lmpNameOfMetricFunctionName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\())@=/ contained

syn cluster lmpAllNameOfTool contains=lmpNameOfToolFunctionName
syn match lmpNameOfToolFunctionName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\())@=/ contained

syn cluster lmpAllNameOfLm contains=lmpNameOfLmValueName
syn match lmpNameOfLmValueName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\=))@=/ contained

syn cluster lmpAllNameOfData contains=lmpNameOfDataValueName
syn match lmpNameOfDataValueName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(:|\=))@=/ contained

syn cluster lmpAllNameOfRetriever contains=lmpNameOfRetrieverValueName
syn match lmpNameOfRetrieverValueName /\%#=1\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(:|\=))@=/ contained

syn cluster lmpAllBehindAssertions contains=lmpBehindAssertionsModifier
syn match lmpBehindAssertionsModifier /\%#=1\v<on>/ contained
syn match lmpBehindAssertionsModifier /\%#=1\v<off>/ contained

syn cluster lmpAllBracesOfFormat contains=lmpBracesOfFormatEscape
syn match lmpBracesOfFormatEscape /\%#=1\v\{\{|\}\}/ contained

syn cluster lmpAllStrings contains=lmpInStringBlock,lmpInStringLine
syn region lmpInStringLine matchgroup=lmpInStringLineEdge start=/\%#=1\v"/ end=/\%#=1\v"|$/ contained contains=@lmpAllEscapes
syn region lmpInStringBlock matchgroup=lmpInStringBlockEdge start=/\%#=1\v"""/ end=/\%#=1\v"""/ contained contains=@lmpAllEscapes

syn cluster lmpAllPairs contains=lmpInPair
syn region lmpInPair matchgroup=lmpInPairEdge start=/\%#=1\v\{/ end=/\%#=1\v\}/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllPasses contains=lmpInPassCall,lmpPassesPass
syn match lmpPassesPass /\%#=1\v[A-Za-z_][A-Za-z0-9_]*/ contained
syn region lmpInPassCall matchgroup=lmpInPassCallEdge start=/\%#=1\v\(/ end=/\%#=1\v\)/ contained contains=@lmpAllPassOptions,@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllJinjaStringsOfBlock contains=lmpInJinjaDoubleBlock,lmpInJinjaSingleBlock
syn region lmpInJinjaSingleBlock matchgroup=lmpInJinjaSingleBlockEdge start=/\%#=1\v'/ end=/\%#=1\v%(""")@=|'|$/ contained contains=NONE
syn region lmpInJinjaDoubleBlock matchgroup=lmpInJinjaDoubleBlockEdge start=/\%#=1\v"/ end=/\%#=1\v%(""")@=|"|$/ contained contains=NONE

syn cluster lmpAllJinjaStringsOfLine contains=lmpInJinjaDoubleLine,lmpInJinjaSingleLine
syn region lmpInJinjaSingleLine matchgroup=lmpInJinjaSingleLineEdge start=/\%#=1\v'/ end=/\%#=1\v%(")@=|'|$/ contained contains=NONE
syn region lmpInJinjaDoubleLine matchgroup=lmpInJinjaDoubleLineEdge start=/\%#=1\v\\\"/ end=/\%#=1\v%(")@=|\\\"|$/ contained contains=NONE

syn cluster lmpAllEscapes contains=lmpEscapesBadEscape,lmpEscapesEscape
syn match lmpEscapesBadEscape /\%#=1\v\\./ contained
syn match lmpEscapesEscape /\%#=1\v\\%([ntr"\\]|u\{[0-9a-fA-F]+\})/ contained

syn cluster lmpAllMembers contains=lmpMembersEnumMember
syn match lmpMembersEnumMember /\%#=1\v[A-Za-z_][A-Za-z0-9_]*/ contained

syn cluster lmpAllPassOptions contains=lmpPassOptionsOption
syn match lmpPassOptionsOption /\%#=1\v<%(annotate|beam|breadth|by|candidates|chosen|dear|demos|epochs|epsilon|exact|export_only|failures|fields|folds|form|generations|hyper|instructions|k|labeled|loss|margin|members|mode|multitask|nearest|objective|operators|pairs|penalty|points|pool|population|proposals|races|right|rounds|rows|rules|sampler|samples|save|sets|share|sure|taught|temperature|threshold|tokens|trials|valid|wide)%([ \t]*:)@=/ contained

syn cluster lmpAllJinjaOfBlock contains=lmpInJinjaCommentBlock,lmpInJinjaRawBlock,lmpInJinjaTagBlock,lmpInJinjaValueBlock
syn region lmpInJinjaValueBlock matchgroup=lmpInJinjaValueBlockEdge start=/\%#=1\v\{\{[-+]?/ end=/\%#=1\v[-+]?\}\}|%(""")@=/ contained contains=@lmpAllJinjaStringsOfBlock,@lmpAllJinjaInside
syn region lmpInJinjaTagBlock matchgroup=lmpInJinjaTagBlockEdge start=/\%#=1\v\{\%[-+]?/ end=/\%#=1\v[-+]?\%\}|%(""")@=/ contained contains=@lmpAllJinjaStringsOfBlock,@lmpAllJinjaInside
syn region lmpInJinjaRawBlock matchgroup=lmpInJinjaRawBlockEdge start=/\%#=1\v\{\%[-+]?[ \t]*raw[ \t]*[-+]?\%\}/ end=/\%#=1\v\{\%[-+]?[ \t]*endraw[ \t]*[-+]?\%\}|%(""")@=/ contained contains=@lmpAllEscapes
syn region lmpInJinjaCommentBlock matchgroup=lmpInJinjaCommentBlockEdge start=/\%#=1\v\{#/ end=/\%#=1\v#\}|%(""")@=/ contained contains=NONE

syn cluster lmpAllJinjaOfLine contains=lmpInJinjaCommentLine,lmpInJinjaRawLine,lmpInJinjaTagLine,lmpInJinjaValueLine
syn region lmpInJinjaValueLine matchgroup=lmpInJinjaValueLineEdge start=/\%#=1\v\{\{[-+]?/ end=/\%#=1\v[-+]?\}\}|%(")@=|$/ contained contains=@lmpAllJinjaStringsOfLine,@lmpAllJinjaInside
syn region lmpInJinjaTagLine matchgroup=lmpInJinjaTagLineEdge start=/\%#=1\v\{\%[-+]?/ end=/\%#=1\v[-+]?\%\}|%(")@=|$/ contained contains=@lmpAllJinjaStringsOfLine,@lmpAllJinjaInside
syn region lmpInJinjaRawLine matchgroup=lmpInJinjaRawLineEdge start=/\%#=1\v\{\%[-+]?[ \t]*raw[ \t]*[-+]?\%\}/ end=/\%#=1\v\{\%[-+]?[ \t]*endraw[ \t]*[-+]?\%\}|%(")@=|$/ contained contains=@lmpAllEscapes
syn region lmpInJinjaCommentLine matchgroup=lmpInJinjaCommentLineEdge start=/\%#=1\v\{#/ end=/\%#=1\v#\}|%(")@=|$/ contained contains=NONE

syn cluster lmpAllComments contains=lmpCommentsComment
syn match lmpCommentsComment /\%#=1\v#.*/ contained

syn cluster lmpAllDocs contains=lmpInDocBlock,lmpInDocLine
syn region lmpInDocLine matchgroup=lmpInDocLineEdge start=/\%#=1\v"/ end=/\%#=1\v"|$/ contained contains=@lmpAllEscapes,@Spell
syn region lmpInDocBlock matchgroup=lmpInDocBlockEdge start=/\%#=1\v"""/ end=/\%#=1\v"""/ contained contains=@lmpAllEscapes,@Spell

hi def link lmpBehindAssertionsModifier lmpModifier
hi def link lmpBracesOfFormatEscape lmpEscape
hi def link lmpCommasMark lmpMark
hi def link lmpCommentsComment lmpComment
hi def link lmpEscapesBadEscape lmpBadEscape
hi def link lmpEscapesEscape lmpEscape
hi def link lmpEscapesOfRegexpEscape lmpEscape
hi def link lmpFieldsField lmpField
hi def link lmpInBlockHole lmpEmbedded
hi def link lmpInBlockHoleEdge lmpHole
hi def link lmpInChoicesEdge lmpMark
hi def link lmpInDocBlock lmpDoc
hi def link lmpInDocBlockEdge lmpDoc
hi def link lmpInDocLine lmpDoc
hi def link lmpInDocLineEdge lmpDoc
hi def link lmpInEnumEdge lmpMark
hi def link lmpInFormatBlock lmpFormat
hi def link lmpInFormatBlockEdge lmpFormat
hi def link lmpInFormatLine lmpFormat
hi def link lmpInFormatLineEdge lmpFormat
hi def link lmpInJinjaCommentBlock lmpJinjaComment
hi def link lmpInJinjaCommentBlockEdge lmpJinjaComment
hi def link lmpInJinjaCommentLine lmpJinjaComment
hi def link lmpInJinjaCommentLineEdge lmpJinjaComment
hi def link lmpInJinjaDoubleBlock lmpJinjaString
hi def link lmpInJinjaDoubleBlockEdge lmpJinjaString
hi def link lmpInJinjaDoubleLine lmpJinjaString
hi def link lmpInJinjaDoubleLineEdge lmpJinjaString
hi def link lmpInJinjaRawBlock lmpPrompt
hi def link lmpInJinjaRawBlockEdge lmpJinjaBrace
hi def link lmpInJinjaRawLine lmpPrompt
hi def link lmpInJinjaRawLineEdge lmpJinjaBrace
hi def link lmpInJinjaSingleBlock lmpJinjaString
hi def link lmpInJinjaSingleBlockEdge lmpJinjaString
hi def link lmpInJinjaSingleLine lmpJinjaString
hi def link lmpInJinjaSingleLineEdge lmpJinjaString
hi def link lmpInJinjaTagBlock lmpJinja
hi def link lmpInJinjaTagBlockEdge lmpJinjaBrace
hi def link lmpInJinjaTagLine lmpJinja
hi def link lmpInJinjaTagLineEdge lmpJinjaBrace
hi def link lmpInJinjaValueBlock lmpJinja
hi def link lmpInJinjaValueBlockEdge lmpJinjaBrace
hi def link lmpInJinjaValueLine lmpJinja
hi def link lmpInJinjaValueLineEdge lmpJinjaBrace
hi def link lmpInLineHole lmpEmbedded
hi def link lmpInLineHoleEdge lmpHole
hi def link lmpInOpeningEdge lmpMark
hi def link lmpInPairEdge lmpMark
hi def link lmpInPassCallEdge lmpMark
hi def link lmpInPassesEdge lmpClause
hi def link lmpInPromptBlock lmpPrompt
hi def link lmpInPromptBlockEdge lmpPrompt
hi def link lmpInPromptLine lmpPrompt
hi def link lmpInPromptLineEdge lmpPrompt
hi def link lmpInRegexp lmpRegexp
hi def link lmpInRegexpEdge lmpRegexp
hi def link lmpInStringBlock lmpBlock
hi def link lmpInStringBlockEdge lmpBlock
hi def link lmpInStringLine lmpString
hi def link lmpInStringLineEdge lmpString
hi def link lmpJinjaFiltersJinjaFilter lmpJinjaFilter
hi def link lmpJinjaInsideJinjaConstant lmpJinjaConstant
hi def link lmpJinjaInsideJinjaName lmpJinjaName
hi def link lmpJinjaInsideJinjaNumber lmpJinjaNumber
hi def link lmpJinjaInsideJinjaOperator lmpJinjaOperator
hi def link lmpJinjaInsideJinjaOperatorJinjaFilters lmpJinjaOperator
hi def link lmpJinjaInsideJinjaWord lmpJinjaWord
hi def link lmpJinjaInsideMark lmpMark
hi def link lmpMembersEnumMember lmpEnumMember
hi def link lmpNameOfDataValueName lmpValueName
hi def link lmpNameOfLmValueName lmpValueName
hi def link lmpNameOfMetricFunctionName lmpFunctionName
hi def link lmpNameOfModuleFunctionName lmpFunctionName
hi def link lmpNameOfRetrieverValueName lmpValueName
hi def link lmpNameOfSignatureTypeName lmpTypeName
hi def link lmpNameOfToolFunctionName lmpFunctionName
hi def link lmpNameOfTypeTypeName lmpTypeName
hi def link lmpPassOptionsOption lmpOption
hi def link lmpPassesPass lmpPass
hi def link lmpRootArrow lmpArrow
hi def link lmpRootCall lmpCall
hi def link lmpRootClause lmpClause
hi def link lmpRootClauseBehindAssertions lmpClause
hi def link lmpRootComment lmpComment
hi def link lmpRootConstant lmpConstant
hi def link lmpRootControl lmpControl
hi def link lmpRootDeclaration lmpDeclaration
hi def link lmpRootDeclarationNameOfData lmpDeclaration
hi def link lmpRootDeclarationNameOfLm lmpDeclaration
hi def link lmpRootDeclarationNameOfMetric lmpDeclaration
hi def link lmpRootDeclarationNameOfModule lmpDeclaration
hi def link lmpRootDeclarationNameOfRetriever lmpDeclaration
hi def link lmpRootDeclarationNameOfSignature lmpDeclaration
hi def link lmpRootDeclarationNameOfTool lmpDeclaration
hi def link lmpRootDeclarationNameOfType lmpDeclaration
hi def link lmpRootField lmpField
hi def link lmpRootFloatUnits lmpFloat
hi def link lmpRootFunction lmpFunction
hi def link lmpRootIntegerUnits lmpInteger
hi def link lmpRootLet lmpLet
hi def link lmpRootMark lmpMark
hi def link lmpRootMember lmpMember
hi def link lmpRootMemberFields lmpMember
hi def link lmpRootMemberPrompts lmpMember
hi def link lmpRootModifier lmpModifier
hi def link lmpRootModifierRegexps lmpModifier
hi def link lmpRootName lmpName
hi def link lmpRootOperator lmpOperator
hi def link lmpRootOperatorWord lmpOperatorWord
hi def link lmpRootOption lmpOption
hi def link lmpRootRange lmpRange
hi def link lmpRootStrategy lmpStrategy
hi def link lmpRootStrategyChoices lmpStrategy
hi def link lmpRootType lmpType
hi def link lmpRootTypeReference lmpTypeReference
hi def link lmpRootTypeWord lmpTypeWord
hi def link lmpRootTypeWordEnums lmpTypeWord
hi def link lmpUnitsUnit lmpUnit

hi def link lmpArrow Operator
hi def link lmpBadEscape Error
hi def link lmpBlock String
hi def link lmpCall Function
hi def link lmpClause Keyword
hi def link lmpComment Comment
hi def link lmpConstant Boolean
hi def link lmpControl Statement
hi def link lmpDeclaration Structure
hi def link lmpDoc String
hi def link lmpEnumMember Constant
hi def link lmpEscape SpecialChar
hi def link lmpFloat Float
hi def link lmpFormat String
hi def link lmpFunction Function
hi def link lmpFunctionName Function
hi def link lmpHole Special
hi def link lmpInteger Number
hi def link lmpJinjaBrace PreProc
hi def link lmpJinjaComment Comment
hi def link lmpJinjaConstant Boolean
hi def link lmpJinjaFilter Function
hi def link lmpJinjaName Identifier
hi def link lmpJinjaNumber Number
hi def link lmpJinjaOperator Operator
hi def link lmpJinjaString String
hi def link lmpJinjaWord PreProc
hi def link lmpLet Structure
hi def link lmpMember Keyword
hi def link lmpModifier Keyword
hi def link lmpOperator Operator
hi def link lmpOperatorWord Operator
hi def link lmpOption Identifier
hi def link lmpPass Function
hi def link lmpPrompt String
hi def link lmpRange Operator
hi def link lmpRegexp String
hi def link lmpStrategy Macro
hi def link lmpString String
hi def link lmpType Type
hi def link lmpTypeName Type
hi def link lmpTypeReference Type
hi def link lmpTypeWord Type
hi def link lmpUnit Keyword
hi def link lmpValueName Identifier

syn sync fromstart

let b:current_syntax = 'lmp'
let &cpo = s:cpo_save
unlet s:cpo_save
