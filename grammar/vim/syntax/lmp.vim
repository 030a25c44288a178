" Vim syntax file
" Language: lmp
" Written by `python -m lmc.editor.highlight` from grammar/lmp.lark; do not edit.

if exists('b:current_syntax')
  finish
endif
let s:cpo_save = &cpo
set cpo&vim
syn case match
syn spell notoplevel

syn cluster lmpAllComments contains=lmpCommentsComment
syn match lmpCommentsComment /\v#[^
]*/ contained

syn cluster lmpAllEscapes contains=lmpEscapesBadEscape,lmpEscapesEscape
syn match lmpEscapesBadEscape /\v\\./ contained
syn match lmpEscapesEscape /\v\\%([ntr"\\]|u\{[0-9a-fA-F]+\})/ contained

syn cluster lmpAllBracesOfFormat contains=lmpBracesOfFormatEscape
syn match lmpBracesOfFormatEscape /\v\{\{|\}\}/ contained

syn cluster lmpAllHolesOfBlock contains=lmpInBlockHole
syn region lmpInBlockHole matchgroup=lmpInBlockHoleEdge start=/\v\{/ end=/\v\}|%(""")@=/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllHolesOfLine contains=lmpInLineHole
syn region lmpInLineHole matchgroup=lmpInLineHoleEdge start=/\v\{/ end=/\v\}|$/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllPairs contains=lmpInPair
syn region lmpInPair matchgroup=lmpInPairEdge start=/\v\{/ end=/\v\}/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllDocs contains=lmpInDocBlock,lmpInDocLine
syn region lmpInDocLine matchgroup=lmpInDocLineEdge start=/\v"/ end=/\v"|$/ contained contains=@lmpAllEscapes,@Spell
syn region lmpInDocBlock matchgroup=lmpInDocBlockEdge start=/\v"""/ end=/\v"""/ contained contains=@lmpAllEscapes,@Spell

syn cluster lmpAllPrompts contains=lmpInPromptBlock,lmpInPromptLine
syn region lmpInPromptLine matchgroup=lmpInPromptLineEdge start=/\v"/ end=/\v"|$/ contained contains=@lmpAllJinjaOfLine,@lmpAllEscapes,@Spell
syn region lmpInPromptBlock matchgroup=lmpInPromptBlockEdge start=/\v"""/ end=/\v"""/ contained contains=@lmpAllJinjaOfBlock,@lmpAllEscapes,@Spell

syn cluster lmpAllEnums contains=lmpInEnum
syn region lmpInEnum matchgroup=lmpInEnumEdge start=/\v\{/ end=/\v\}/ contained contains=@lmpAllComments,@lmpAllMembers,@lmpAllStrings,@lmpAllCommas

syn cluster lmpAllChoices contains=lmpInChoices
syn region lmpInChoices matchgroup=lmpInChoicesEdge start=/\v\{/ end=/\v\}/ contained contains=@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllCommas contains=lmpCommasMark
syn match lmpCommasMark /\v,/ contained

syn cluster lmpAllMembers contains=lmpMembersEnumMember
syn match lmpMembersEnumMember /\v[A-Za-z_][A-Za-z0-9_]*/ contained

syn cluster lmpAllRegexps contains=lmpInRegexp
syn region lmpInRegexp matchgroup=lmpInRegexpEdge start=/\v\// end=/\v\/|$/ contained contains=@lmpAllEscapesOfRegexp

syn cluster lmpAllEscapesOfRegexp contains=lmpEscapesOfRegexpEscape
syn match lmpEscapesOfRegexpEscape /\v\\./ contained

syn cluster lmpAllStrings contains=lmpInStringBlock,lmpInStringLine
syn region lmpInStringLine matchgroup=lmpInStringLineEdge start=/\v"/ end=/\v"|$/ contained contains=@lmpAllEscapes
syn region lmpInStringBlock matchgroup=lmpInStringBlockEdge start=/\v"""/ end=/\v"""/ contained contains=@lmpAllEscapes

syn cluster lmpAllFields contains=lmpFieldsField
syn match lmpFieldsField /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*:)@=/ contained

syn cluster lmpAllUnits contains=lmpUnitsUnit
syn match lmpUnitsUnit /\v%(calls|chars|dollars|items|tokens)%(<|>)/ contained

syn cluster lmpAllPasses contains=lmpInPassCall,lmpPassesPass
syn match lmpPassesPass /\v[A-Za-z_][A-Za-z0-9_]*/ contained
syn region lmpInPassCall matchgroup=lmpInPassCallEdge start=/\v\(/ end=/\v\)/ contained contains=@lmpAllPassOptions,@lmpAllPairs,@lmpAllRoot

syn cluster lmpAllPassOptions contains=lmpPassOptionsOption
syn match lmpPassOptionsOption /\v%(<|>)%(annotate|beam|breadth|by|candidates|chosen|dear|demos|epochs|epsilon|exact|export_only|failures|fields|folds|form|generations|hyper|instructions|k|labeled|loss|margin|members|mode|multitask|nearest|objective|operators|pairs|penalty|points|pool|population|proposals|races|right|rounds|rows|rules|sampler|samples|save|sets|share|sure|taught|temperature|threshold|tokens|trials|valid|wide)%([ \t]*:)@=/ contained

syn cluster lmpAllRoot contains=lmpInFormatBlock,lmpInFormatLine,lmpInOpening,lmpInPasses,lmpInStringBlock,lmpInStringLine,lmpRootArrow,lmpRootCall,lmpRootClause,lmpRootClauseBehindAssertions,lmpRootComment,lmpRootConstant,lmpRootControl,lmpRootDeclaration,lmpRootDeclarationNameOfData,lmpRootDeclarationNameOfLm,lmpRootDeclarationNameOfMetric,lmpRootDeclarationNameOfModule,lmpRootDeclarationNameOfRetriever,lmpRootDeclarationNameOfSignature,lmpRootDeclarationNameOfTool,lmpRootDeclarationNameOfType,lmpRootField,lmpRootFloatUnits,lmpRootFunction,lmpRootIntegerUnits,lmpRootLet,lmpRootMark,lmpRootMember,lmpRootMemberFields,lmpRootMemberPrompts,lmpRootModifier,lmpRootModifierRegexps,lmpRootName,lmpRootOperator,lmpRootOperatorWord,lmpRootOption,lmpRootRange,lmpRootStrategy,lmpRootStrategyChoices,lmpRootType,lmpRootTypeReference,lmpRootTypeWord,lmpRootTypeWordEnums
syn match lmpRootMark /\v\(|\)|,|\.|:|\[|\]|\{|\}/
syn match lmpRootOperator /\v!\=|\/\/|\<\=|\=\=|\>\=|\%|\*|\+|\-|\/|\<|\=|\>|\?|\|/
syn match lmpRootRange /\v\.\./
syn match lmpRootArrow /\v\-\>|\=\>/
syn match lmpRootName /\v[A-Za-z_][A-Za-z0-9_]*/
syn match lmpRootTypeReference /\v%(<|>)[A-Z][A-Za-z0-9_]*/
syn match lmpRootField /\v%(\.)@<=[A-Za-z_][A-Za-z0-9_]*/
syn match lmpRootCall /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*\()@=/
syn match lmpRootFunction /\v%(\.)@<!%(<|>)%(abs|all|any|append|best|bleu|calls|capitalize|ceil|chunks|clamp|close|common|contains|count|counts|decided|default|dollars|drop|edit_similarity|ends_with|entity_f1|entries|enumerate|exact|extract|extract_all|f1|fenced|first|flatten|floor|format_number|get|group_by|index_of|join|json|json_match|keys|last|len|lines|list_f1|lower|matches|max|mean|merge|min|most_common|number|one_of|pad_end|pad_start|passage_match|precision|preference|put|range|recall|reciprocal_rank|regex|remove_prefix|remove_suffix|replace|reverse|rouge_l|round|run_code|same|seconds|sentences|set_f1|slice|sort|sort_by|split|starts_with|strip|substitute|sum|take|text|title|tokens|truncate|unique|upper|values|weighted|winner|without|words|zip)%([ \t]*\()@=/
syn match lmpRootField /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*:)@=/
syn match lmpRootOption /\v%(<|>)%(assertions|base_url|by|columns|concurrency|context|demos|fallback|fast|fields|frequency_penalty|headers|instruction|k|key|layout|lm|logit_bias|max_tokens|nearest|presence_penalty|price_in|price_out|recorded|replies|retries|sample|seed|self_contained|split|stop|strategy|structured|temperature|threads|timeout|tool|tools|top_p)%([ \t]*:)@=/
syn match lmpRootType /\v%(%([:>|=] )@<=|%([:\[])@<=)%(audio|file|history|image)%(<|>)%([ \t]*[:=(.])@!/
syn match lmpRootType /\v%(\.)@<!%(<|>)%(bool|float|int|null|str)%(<|>)%([ \t]*[:=(.])@!/
syn match lmpRootIntegerUnits /\v%(<|>)%([0-9]+)/ nextgroup=@lmpAllUnits skipwhite
syn match lmpRootFloatUnits /\v%(<|>)%([0-9]+\.[0-9]+%([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/ nextgroup=@lmpAllUnits skipwhite
syn match lmpRootStrategy /\v%(<|>)%(best_of|chain_of_thought|compare|ensemble|predict|program_of_thought|react|refine|retrieve|vote)%(<|>)/
syn match lmpRootOperatorWord /\v%(<|>)%(and|in|not|or)%(<|>)/
syn match lmpRootLet /\v%(<|>)%(let)%(<|>)/
syn match lmpRootControl /\v%(<|>)%(assert|break|else|for|if|match|parallel|repeat|return|suggest|try|while)%(<|>)/
syn match lmpRootConstant /\v%(<|>)%(false|null|true)%(<|>)/
syn match lmpRootTypeWord /\v%(\.)@<!%(<|>)map%(<|>)%([ \t]*%(\[))@=/
syn match lmpRootTypeWord /\v%(\.)@<!%(<|>)list%(<|>)%([ \t]*%(\[))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)with%(<|>)%([ \t]*%(\{))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)using%(<|>)%([ \t]*%(\[))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)up%(<|>)%([ \t]+%(to%(<|>)))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)to%(<|>)%([ \t]*%([0-9]|"))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)retry%(<|>)%([ \t]*%([0-9]))@=/
syn match lmpRootModifierRegexps /\v%(\.)@<!%(<|>)matching%(<|>)%([ \t]*%(\/))@=/ nextgroup=@lmpAllRegexps skipwhite
syn match lmpRootModifier /\v%(\.)@<!%(<|>)from%(<|>)%([ \t]*%("))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)extends%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)depth%(<|>)%([ \t]*%([0-9]))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)by%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)at%(<|>)%([ \t]+%(false%(<|>)|\-|%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]|null%(<|>)|true%(<|>))|[ \t]*%([0-9]|[0-9]|"))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)as%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_])|[ \t]*%("))@=/
syn match lmpRootModifier /\v%(\.)@<!%(<|>)above%(<|>)%([ \t]*%([0-9]|[0-9]))@=/
syn match lmpRootMemberPrompts /\v%(\.)@<!%(<|>)user%(<|>)%([ \t]+%(from%(<|>))|[ \t]*%("))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootMemberPrompts /\v%(\.)@<!%(<|>)system%(<|>)%([ \t]+%(from%(<|>))|[ \t]*%("))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootMemberPrompts /\v%(\.)@<!%(<|>)prompt%(<|>)%([ \t]+%(from%(<|>))|[ \t]*%(\{|"))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootMemberFields /\v%(\.)@<!%(<|>)out%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllFields skipwhite
syn match lmpRootMember /\v%(\.)@<!%(<|>)fixed%(<|>)%([ \t]+%(assistant%(<|>)|system%(<|>)|user%(<|>)))@=/
syn match lmpRootMember /\v%(\.)@<!%(<|>)demo%(<|>)%([ \t]*%(\{))@=/
syn match lmpRootMemberPrompts /\v%(\.)@<!%(<|>)assistant%(<|>)%([ \t]+%(from%(<|>))|[ \t]*%("))@=/ nextgroup=@lmpAllPrompts skipwhite
syn match lmpRootDeclarationNameOfType /\v%(\.)@<!%(<|>)type%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfType skipwhite
syn match lmpRootDeclarationNameOfTool /\v%(\.)@<!%(<|>)tool%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfTool skipwhite
syn match lmpRootDeclaration /\v%(\.)@<!%(<|>)test%(<|>)%([ \t]*%("))@=/
syn match lmpRootDeclarationNameOfSignature /\v%(\.)@<!%(<|>)signature%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfSignature skipwhite
syn match lmpRootDeclarationNameOfRetriever /\v%(\.)@<!%(<|>)retriever%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfRetriever skipwhite
syn match lmpRootDeclaration /\v%(\.)@<!%(<|>)optimize%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootDeclarationNameOfModule /\v%(\.)@<!%(<|>)module%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfModule skipwhite
syn match lmpRootDeclarationNameOfMetric /\v%(\.)@<!%(<|>)metric%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfMetric skipwhite
syn match lmpRootDeclarationNameOfLm /\v%(\.)@<!%(<|>)lm%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfLm skipwhite
syn match lmpRootDeclaration /\v%(\.)@<!%(<|>)import%(<|>)%([ \t]*%(\{|"))@=/
syn match lmpRootDeclaration /\v%(\.)@<!%(<|>)extern%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootDeclaration /\v%(\.)@<!%(<|>)emit%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootDeclarationNameOfData /\v%(\.)@<!%(<|>)data%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ nextgroup=@lmpAllNameOfData skipwhite
syn match lmpRootControl /\v%(\.)@<!%(<|>)case%(<|>)%([ \t]+%(enum%(<|>)|false%(<|>)|list%(<|>)|\(|map%(<|>)|\-|%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]|null%(<|>)|true%(<|>))|[ \t]*%([0-9]|\{|"))@=/
syn match lmpRootClause /\v%(\.)@<!%(<|>)teacher%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootClause /\v%(\.)@<!%(<|>)seed%(<|>)%([ \t]*%([0-9]))@=/
syn match lmpRootClause /\v%(\.)@<!%(<|>)proposer%(<|>)%([ \t]+%(%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/
syn match lmpRootClause /\v%(\.)@<!%(<|>)budget%(<|>)%([ \t]*%([0-9]|[0-9]))@=/
syn match lmpRootClauseBehindAssertions /\v%(\.)@<!%(<|>)assertions%(<|>)%([ \t]+%(off%(<|>)|on%(<|>)))@=/ nextgroup=@lmpAllBehindAssertions skipwhite
syn match lmpRootMemberFields /\v%(<|>)in%(<|>)%([ \t]+[A-Za-z_][A-Za-z0-9_]*[ \t]*:)@=/ nextgroup=@lmpAllFields skipwhite
syn region lmpInPasses matchgroup=lmpInPassesEdge start=/\v%(\.)@<!%(<|>)passes%(<|>)%([ \t]+%(ensemble%(<|>)|%(%(and|assert|best_of|break|chain_of_thought|compare|else|ensemble|false|for|if|in|let|match|not|null|or|parallel|predict|program_of_thought|react|refine|repeat|retrieve|return|suggest|true|try|tune|vote|while)%(<|>))@![A-Za-z_]))@=/ end=/\v%(\}|%(<|>)%(assertions|budget|data|lm|metric|passes|proposer|seed|teacher)%(<|>)[ \t]+[A-Za-z0-9_"])@=/ contains=@lmpAllPasses,@lmpAllRoot
syn region lmpInStringLine matchgroup=lmpInStringLineEdge start=/\v"/ end=/\v"|$/ contains=@lmpAllEscapes
syn region lmpInStringBlock matchgroup=lmpInStringBlockEdge start=/\v"""/ end=/\v"""/ contains=@lmpAllEscapes
syn region lmpInOpening matchgroup=lmpInOpeningEdge start=/\v\{/ end=/\v%([^ \t"#])@=|%(")@<=/ contains=@lmpAllDocs,@lmpAllComments
syn match lmpRootStrategyChoices /\v%(\.)@<!%(<|>)tune%(<|>)/ nextgroup=@lmpAllChoices skipwhite
syn match lmpRootTypeWordEnums /\v%(\.)@<!%(<|>)enum%(<|>)%([ \t]*%(\{))@=/ nextgroup=@lmpAllEnums skipwhite
syn region lmpInFormatLine matchgroup=lmpInFormatLineEdge start=/\v%(<|>)f"/ end=/\v"|$/ contains=@lmpAllEscapes,@lmpAllBracesOfFormat,@lmpAllHolesOfLine
syn region lmpInFormatBlock matchgroup=lmpInFormatBlockEdge start=/\v%(<|>)f"""/ end=/\v"""/ contains=@lmpAllEscapes,@lmpAllBracesOfFormat,@lmpAllHolesOfBlock
syn match lmpRootComment /\v#[^
]*/

syn cluster lmpAllJinjaOfBlock contains=lmpInJinjaCommentBlock,lmpInJinjaRawBlock,lmpInJinjaTagBlock,lmpInJinjaValueBlock
syn region lmpInJinjaValueBlock matchgroup=lmpInJinjaValueBlockEdge start=/\v\{\{[-+]?/ end=/\v[-+]?\}\}|%(""")@=/ contained contains=@lmpAllJinjaStringsOfBlock,@lmpAllJinjaInside
syn region lmpInJinjaTagBlock matchgroup=lmpInJinjaTagBlockEdge start=/\v\{\%[-+]?/ end=/\v[-+]?\%\}|%(""")@=/ contained contains=@lmpAllJinjaStringsOfBlock,@lmpAllJinjaInside
syn region lmpInJinjaRawBlock matchgroup=lmpInJinjaRawBlockEdge start=/\v\{\%[-+]?[ \t]*raw[ \t]*[-+]?\%\}/ end=/\v\{\%[-+]?[ \t]*endraw[ \t]*[-+]?\%\}|%(""")@=/ contained contains=@lmpAllEscapes
syn region lmpInJinjaCommentBlock matchgroup=lmpInJinjaCommentBlockEdge start=/\v\{#/ end=/\v#\}|%(""")@=/ contained contains=NONE

syn cluster lmpAllJinjaOfLine contains=lmpInJinjaCommentLine,lmpInJinjaRawLine,lmpInJinjaTagLine,lmpInJinjaValueLine
syn region lmpInJinjaValueLine matchgroup=lmpInJinjaValueLineEdge start=/\v\{\{[-+]?/ end=/\v[-+]?\}\}|%(")@=|$/ contained contains=@lmpAllJinjaStringsOfLine,@lmpAllJinjaInside
syn region lmpInJinjaTagLine matchgroup=lmpInJinjaTagLineEdge start=/\v\{\%[-+]?/ end=/\v[-+]?\%\}|%(")@=|$/ contained contains=@lmpAllJinjaStringsOfLine,@lmpAllJinjaInside
syn region lmpInJinjaRawLine matchgroup=lmpInJinjaRawLineEdge start=/\v\{\%[-+]?[ \t]*raw[ \t]*[-+]?\%\}/ end=/\v\{\%[-+]?[ \t]*endraw[ \t]*[-+]?\%\}|%(")@=|$/ contained contains=@lmpAllEscapes
syn region lmpInJinjaCommentLine matchgroup=lmpInJinjaCommentLineEdge start=/\v\{#/ end=/\v#\}|%(")@=|$/ contained contains=NONE

syn cluster lmpAllJinjaStringsOfBlock contains=lmpInJinjaDoubleBlock,lmpInJinjaSingleBlock
syn region lmpInJinjaSingleBlock matchgroup=lmpInJinjaSingleBlockEdge start=/\v'/ end=/\v%(""")@=|'|$/ contained contains=NONE
syn region lmpInJinjaDoubleBlock matchgroup=lmpInJinjaDoubleBlockEdge start=/\v"/ end=/\v%(""")@=|"|$/ contained contains=NONE

syn cluster lmpAllJinjaStringsOfLine contains=lmpInJinjaDoubleLine,lmpInJinjaSingleLine
syn region lmpInJinjaSingleLine matchgroup=lmpInJinjaSingleLineEdge start=/\v'/ end=/\v%(")@=|'|$/ contained contains=NONE
syn region lmpInJinjaDoubleLine matchgroup=lmpInJinjaDoubleLineEdge start=/\v\\\"/ end=/\v%(")@=|\\\"|$/ contained contains=NONE

syn cluster lmpAllJinjaInside contains=lmpJinjaInsideJinjaConstant,lmpJinjaInsideJinjaName,lmpJinjaInsideJinjaNumber,lmpJinjaInsideJinjaOperator,lmpJinjaInsideJinjaOperatorJinjaFilters,lmpJinjaInsideJinjaWord,lmpJinjaInsideMark
syn match lmpJinjaInsideMark /\v[(),.:\[\]{}]/ contained
syn match lmpJinjaInsideJinjaOperator /\v\=\=|!\=|\<\=|\>\=|\/\/|\*\*|[-+*\/%<>=~]/ contained
syn match lmpJinjaInsideJinjaName /\v[A-Za-z_][A-Za-z0-9_]*/ contained
syn match lmpJinjaInsideJinjaNumber /\v%(<|>)[0-9]+%(\.[0-9]+)?/ contained
syn match lmpJinjaInsideJinjaConstant /\v%(\.)@<!%(<|>)%(False|None|True|false|none|true)%(<|>)/ contained
syn match lmpJinjaInsideJinjaWord /\v%(\.)@<!%(<|>)%(if|elif|else|endif|for|endfor|set|raw|endraw|fixed|endfixed|print|and|in|is|not|or|recursive)%(<|>)%([ \t]*\=[^=])@!/ contained
syn match lmpJinjaInsideJinjaOperatorJinjaFilters /\v\|/ contained nextgroup=@lmpAllJinjaFilters skipwhite

syn cluster lmpAllJinjaFilters contains=lmpJinjaFiltersJinjaFilter
syn match lmpJinjaFiltersJinjaFilter /\v[A-Za-z_][A-Za-z0-9_]*/ contained

syn cluster lmpAllNameOfSignature contains=lmpNameOfSignatureTypeName
syn match lmpNameOfSignatureTypeName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]+%(extends%(<|>))|[ \t]*%(\=|\{))@=/ contained

syn cluster lmpAllNameOfType contains=lmpNameOfTypeTypeName
syn match lmpNameOfTypeTypeName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\=))@=/ contained

syn cluster lmpAllNameOfModule contains=lmpNameOfModuleFunctionName
syn match lmpNameOfModuleFunctionName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]+%(\())@=/ contained

syn cluster lmpAllNameOfMetric contains=lmpNameOfMetricFunctionName
syn match lmpNameOfMetricFunctionName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]+%(\())@=/ contained

syn cluster lmpAllNameOfTool contains=lmpNameOfToolFunctionName
syn match lmpNameOfToolFunctionName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]+%(\())@=/ contained

syn cluster lmpAllNameOfLm contains=lmpNameOfLmValueName
syn match lmpNameOfLmValueName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(\=))@=/ contained

syn cluster lmpAllNameOfData contains=lmpNameOfDataValueName
syn match lmpNameOfDataValueName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(:|\=))@=/ contained

syn cluster lmpAllNameOfRetriever contains=lmpNameOfRetrieverValueName
syn match lmpNameOfRetrieverValueName /\v[A-Za-z_][A-Za-z0-9_]*%([ \t]*%(:|\=))@=/ contained

syn cluster lmpAllBehindAssertions contains=lmpBehindAssertionsModifier
syn match lmpBehindAssertionsModifier /\v%(<|>)on%(<|>)/ contained
syn match lmpBehindAssertionsModifier /\v%(<|>)off%(<|>)/ contained

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
