"""Chinese, Japanese and Korean text: which codec reads it, and whether a reading makes sense."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_HAN = re.compile("[\u4e00-\u9fff]")
_HANGUL = re.compile("[\uac00-\ud7a3]")
_EAST_ASIAN = re.compile("[\u3000-\u30ff\u3400-\u9fff\uac00-\ud7a3\uff00-\uffef\u2010-\u2027\u2030-\u206f]")
_ODD = re.compile(
    "[\uff61-\uff9f\ue000-\uf8ff\x80-\x9f]|[^\x00-\x7f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uff60]"
)


def double_byte(sample: bytes, *, complete: bool) -> str | None:
    """The East Asian codec that reads `sample` strictly and as the most plausible script, if any does."""
    best: tuple[float, str] | None = None
    for name in ("cp932", "euc_jp", "euc_kr", "big5", "gb18030"):
        try:
            text = codecs.getincrementaldecoder(name)("strict").decode(sample, complete)
        except UnicodeDecodeError:
            continue
        wide = re.sub("[\x00-\x7f]+", "", text)
        if not wide:
            continue
        kana, han, hangul = (len(kind.findall(wide)) for kind in (_KANA, _HAN, _HANGUL))
        odd = len(_ODD.findall(wide))
        common = len(_COMMON_HAN.findall(wide))
        native = {"cp932": kana * 2, "euc_jp": kana * 2, "euc_kr": hangul * 2}.get(name, common * 2)
        score = (native + common + han * 0.2 - odd * 3) / len(wide)
        if score > 0.5 and (best is None or score > best[0]):
            best = (score, name)
    return best[1] if best else None


# Characters among the most frequent of written Chinese and Japanese; enough to tell a right reading from a wrong one.
_COMMON_HAN = re.compile(
    "[的一是不了在人有我他这這个個们們中来來上大为為和国國地到以说說时時要就出会會可也你对對生能而子那得于着下自之年过過发發"
    "后後作里用道行所然家种事成方多经經么去法学學如都同现現当當没動动面起看定天分还進进好小部其些主样理心她本前开但因只"
    "从想实實日者意无力它与長长把机十民第公此已工使情明性知全三又关点正业業外将两高间由问問很最重并物手应向头文体政美相见"
    "被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口"
    "认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便"
    "空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确"
    "传师观清今切院让识候带导争运電話番号氏姓住所東京県区町村円様店会社]"
)


def of_east_asia(text: str, wide: Sequence[str]) -> bool | None:
    """Whether `text`, whose characters beyond U+00FF are `wide`, is such text; `None` if few of them are of those scripts."""
    east = sum(1 for char in wide if _EAST_ASIAN.match(char))
    if east * 10 < len(wide) * 9:
        return None
    syllables = sum(1 for char in wide if "\uac00" <= char <= "\ud7a3")
    common = len(_KANA.findall(text)) + len(_COMMON_HAN.findall(text))
    return (syllables if syllables * 2 > east else common) * 5 >= east
