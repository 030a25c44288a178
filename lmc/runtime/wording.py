"""The functions of metrics that compare the wording of texts: ROUGE-L, BLEU, edit similarity. A list that is wanted
where no list is given is several references, of which ROUGE-L and edit similarity take the best, and BLEU all."""

from __future__ import annotations

from typing import Any

from lmc.runtime.overlap import common_length
from lmc.runtime.score import joined_text


def rouge_l(want: Any, got: Any) -> float:
    """ROUGE-L (Lin 2004): the F1 of the longest common subsequence of words, precision and recall of equal weight.
    Words are runs of letters and digits in lower case, without stemming, as in Google's `rouge_score` (which knows
    ASCII letters only). Two texts without words: 1; one of them: 0. Symmetric between texts."""
    import re

    if want is None or got is None:
        return float(want is got)
    if isinstance(want, list) and not isinstance(got, list):
        return max((rouge_l(item, got) for item in want), default=0.0)
    left, right = (re.findall(r"[^\W_]+", joined_text(one).lower()) for one in (want, got))
    return 2 * common_length(left, right) / (len(left) + len(right)) if left or right else 1.0


def bleu(want: Any, got: Any) -> float:
    """Sentence BLEU (Papineni et al. 2002), from 0 to 1: SacreBLEU's `sentence_bleu` as it is set by default, divided
    by 100. That is, case matters, the tokenizer is `13a` of mteval, n-grams go up to 4 words or as many as the text
    has (effective order), those without a match are smoothed exponentially (1/2, 1/4, … of a match; Chen and Cherry
    2014, method 3), and the brevity penalty is by the reference of the closest length. No word in common: 0; two empty
    texts: 1. It was made for whole corpora: of one sentence it says little."""
    import math

    if want is None or got is None:
        return float(want is got)
    references = [mteval_tokens(joined_text(one)) for one in accepted_texts(want, got)]
    given = mteval_tokens(joined_text(got))
    if not references or not given:
        return float([] in references and not given)
    logs, smoothing = [], 1.0
    for n in range(1, min(4, len(given)) + 1):
        most: dict[tuple[str, ...], int] = {}
        for reference in references:
            for gram, count in grams_of(reference, n).items():
                most[gram] = max(most.get(gram, 0), count)
        met = sum(min(count, most.get(gram, 0)) for gram, count in grams_of(given, n).items())
        if n == 1 and not met:
            return 0.0
        smoothing *= 1 if met else 2
        logs.append(math.log((met or 1 / smoothing) / (len(given) - n + 1)))
    length = min((abs(len(one) - len(given)), len(one)) for one in references)[1]
    return min(math.exp(min(0.0, 1 - length / len(given)) + sum(logs) / len(logs)), 1.0)


def edit_similarity(want: Any, got: Any) -> float:
    """One less the edit distance (Levenshtein 1966: insertions, deletions and substitutions of a character) over the
    length of the longer text, white space at the ends aside. Two empty texts: 1; one of them: 0. Symmetric between
    texts."""
    if want is None or got is None:
        return float(want is got)
    if isinstance(want, list) and not isinstance(got, list):
        return max((edit_similarity(item, got) for item in want), default=0.0)
    left, right = joined_text(want).strip(), joined_text(got).strip()
    longest = max(len(left), len(right))
    return 1 - edit_distance(left, right) / longest if longest else 1.0


def accepted_texts(want: Any, got: Any) -> list[Any]:
    """The references: a list that is wanted where no list is given is several."""
    return want if isinstance(want, list) and not isinstance(got, list) else [want]


def mteval_tokens(text: str) -> list[str]:
    """The words and signs of a text by the tokenizer `13a` of SacreBLEU (that of mteval-v13a, Papineni et al.)."""
    import re

    text = text.replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for escape, sign in (("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")):
        text = text.replace(escape, sign)
    text = re.sub(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])", r" \1 ", f" {text} ")
    text = re.sub(r"([^0-9])([.,])", r"\1 \2 ", text)
    text = re.sub(r"([.,])([^0-9])", r" \1 \2", text)
    return re.sub(r"([0-9])(-)", r"\1 \2 ", text).split()


def grams_of(words: list[str], n: int) -> dict[tuple[str, ...], int]:
    """How often each run of `n` words occurs."""
    found: dict[tuple[str, ...], int] = {}
    for start in range(len(words) - n + 1):
        gram = tuple(words[start : start + n])
        found[gram] = found.get(gram, 0) + 1
    return found


def edit_distance(left: str, right: str) -> int:
    """The edit distance, in a word operation for each character and 64 others (Myers 1999, as written by Hyyrö
    2003)."""
    if not left:
        return len(right)
    places: dict[str, int] = {}
    for place, char in enumerate(left):
        places[char] = places.get(char, 0) | 1 << place
    every, last = (1 << len(left)) - 1, 1 << (len(left) - 1)
    up, down, distance = every, 0, len(left)
    for char in right:
        met = places.get(char, 0)
        vertical = met | down
        horizontal = (((met & up) + up) ^ up) | met
        more = (down | ~(horizontal | up)) & every
        less = up & horizontal
        distance += bool(more & last) - bool(less & last)
        more = (more << 1) | 1
        up = ((less << 1) | ~(vertical | more)) & every
        down = more & vertical & every
    return distance
