"""Names and addresses in running text: the filter, the model's words made persons and addresses, and their places."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assay.detect import ruleset
from assay.detect.engine import Detector
from assay.detect.prose import Prose, tagger
from assay.detect.prose.organisations import organisations
from assay.detect.prose.sentences import is_prose, may_place, runs, sentences
from assay.detect.prose.weighing import Taken
from assay.detect.redact import Fingerprinter
from assay.detect.ruleset import RuleSet
from assay.formats.structure import PlainText, Structure, Window
from assay.formats.xml import Html

COMMON = frozenset(["the", "license", "public", "yesterday", "work"])


@pytest.fixture(scope="module")
def prose(rules: RuleSet) -> Prose:
    return Prose(rules)


def window_of(text: str) -> Window:
    data = text.encode()
    return Window(data, 0, len(data), 0, 0, 0, True)


def found(prose: Prose, text: str, structure: Structure | None = None, floor: float = 0.5) -> list[tuple[str, str]]:
    window = window_of(text)
    structure = structure or PlainText()
    data = structure.view(window)
    return [
        (candidate.pattern.rule.name, window.data[candidate.start : candidate.end].decode())
        for candidate in prose.candidates(data, window, structure)
        if candidate.score >= floor
    ]


def names(prose: Prose, text: str, structure: Structure | None = None) -> list[str]:
    return [value for name, value in found(prose, text, structure) if name == "PERSON_NAME"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Yesterday Lena Schneider called about her invoice.", ["Lena Schneider"]),
        ("Gestern hat Jürgen Müller im Büro angerufen und nach der Rechnung gefragt.", ["Jürgen Müller"]),
        ("La factura de María Fernández García llegó ayer a la oficina.", ["María Fernández García"]),
        ("Hier, Camille Dubois a appelé le bureau au sujet de sa facture.", ["Camille Dubois"]),
        (
            "The report was written by Ngozi Okonjo and reviewed by Piet van der Berg.",
            ["Ngozi Okonjo", "Piet van der Berg"],
        ),
        ("We met Dr. Emily Nguyen at the clinic. She was kind.", ["Emily Nguyen"]),
        ("It was Linus\nTorvalds who began this work in 1991.", ["Linus\nTorvalds"]),
    ],
)
def test_names_in_sentences_are_found(prose: Prose, text: str, expected: list[str]) -> None:
    assert names(prose, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The Mozilla Public License covers what is distributed with the Apache Software Foundation.",
        "See the GNU General Public License for more details about the Corresponding Source.",
        "for (Node lena = schneider.next; lena != null; lena = lena.next) { visit(Lena.class, Schneider::new); }",
        "Debian GNU/Linux is distributed with keymaps for nearly two dozen keyboards.",
        "MERCHANTABILITY OR FITNESS FOR A PARTICULAR PURPOSE IS NOT WARRANTED.",
    ],
)
def test_products_licences_and_code_are_no_persons(prose: Prose, text: str) -> None:
    assert names(prose, text) == []


def test_who_was_named_once_is_found_again(prose: Prose) -> None:
    text = "The contract was signed by Lena Schneider in May. Nothing else happened. Schneider paid the rest, and left."
    assert names(prose, text) == ["Lena Schneider", "Schneider"]


def test_lists_of_names_are_not_one_name(prose: Prose) -> None:
    text = "Thanks to all who helped with this work:\n\nMarcin Kowalski\nSebastian Redl\nJoel de Guzman\n"
    assert names(prose, text) == ["Marcin Kowalski", "Sebastian Redl", "Joel de Guzman"]


def test_names_before_addresses_of_mail(prose: Prose) -> None:
    assert set(names(prose, "Reported-By: Alexandre Oliveira <oliva@lsd.example.br>\n")) == {"Alexandre Oliveira"}
    assert names(prose, "Mailing List <list@lists.example.org>\n") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("She lives at 221B Baker Street, London NW1 6XE.", "221B Baker Street, London NW1 6XE"),
        ("Please send it to 12 Rue de la Paix, 75002 Paris.", "12 Rue de la Paix, 75002 Paris"),
        ("I need a taxi to Svépomoc 219, Bystré u Policky, PA 569 92.", "Svépomoc 219, Bystré u Policky, PA 569 92"),
        ("here they are: Estrela 57, Vega de Pas, S 39685, and nothing else", "Estrela 57, Vega de Pas, S 39685"),
        (
            "> Daniela Jager\n> 39 Rue du Chapy\n> Ixelles\n> Belgium 1702\n",
            "39 Rue du Chapy\n> Ixelles\n> Belgium 1702",
        ),
        ("35 Ziegelgasse\nApt. 79\nGraz\nAustria 2392", "35 Ziegelgasse\nApt. 79\nGraz\nAustria 2392"),
    ],
)
def test_addresses_in_sentences(prose: Prose, text: str, expected: str) -> None:
    assert ("ADDRESS", expected) in found(prose, text)


def test_two_addresses_are_two(prose: Prose) -> None:
    text = "Send one to 221B Baker Street, London NW1 6XE, and the other to 12 Rue de la Paix, 75002 Paris."
    assert [value for name, value in found(prose, text) if name == "ADDRESS"] == [
        "221B Baker Street, London NW1 6XE",
        "12 Rue de la Paix, 75002 Paris",
    ]


@pytest.mark.parametrize(
    "text", ["They moved to Paris in May.", "It took 60 days after You have agreed to Sections 4, 5 and 6."]
)
def test_towns_and_numbers_alone_are_no_addresses(prose: Prose, text: str) -> None:
    assert [each for each in found(prose, text) if each[0] == "ADDRESS"] == []


def test_html_is_read_without_its_tags(prose: Prose) -> None:
    page = "<html><body><p class='Lena Schneider'>Yesterday <b>Lena Schneider</b> called.</p><p>Nobody else did.</p><script>var who = 'Yesterday Mark Miller called.'</script></body></html>"
    assert names(prose, page, Html()) == ["Lena Schneider"]


def test_the_score_is_the_sum_of_its_evidence(prose: Prose) -> None:
    window = window_of("Yesterday Lena Schneider called, and so did Mark. We live at 12 Rue de la Paix, 75002 Paris.")
    candidates = list(prose.candidates(window.data, window, PlainText()))
    assert len(candidates) >= 3
    for candidate in candidates:
        assert sum(each.weight for each in candidate.evidence) == pytest.approx(candidate.score, abs=0.001)
        assert not any(
            word in each.detail for each in candidate.evidence for word in ("Lena", "Schneider", "Mark", "Paix")
        )


@given(
    st.text(alphabet=st.sampled_from(" \n.,'-ABCabcéßŁ你😀\"<>"), max_size=80),
    st.sampled_from(["Lena Schneider", "Jürgen Müller"]),
)
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_places_are_those_of_the_value(prose: Prose, before: str, name: str) -> None:
    window = window_of(f"{before}\n\nYesterday {name} called about her invoice.")
    for candidate in prose.candidates(window.data, window, PlainText()):
        assert window.data[candidate.start : candidate.end].decode() == candidate.value


def test_the_detector_tells_them_redacted(rules: RuleSet, prose: Prose) -> None:
    detector = Detector(rules, Fingerprinter(b"test"), prose=prose)
    hits = detector.detect(window_of("Yesterday Lena Schneider called about her invoice."), PlainText())
    assert [(hit.rule.name, hit.redacted, hit.pattern) for hit in hits] == [("PERSON_NAME", "L************r", "prose")]


def test_placeholders_are_test_values(prose: Prose) -> None:
    window = window_of("Yesterday John Doe called about his invoice.")
    assert [candidate.test for candidate in prose.candidates(window.data, window, PlainText())] == [True]


def test_without_the_two_identifiers_nothing_is_read() -> None:
    rules = ruleset.load(
        (), names=("SSN",), categories=(), preview=False, cache=None, candidates=False, governance=None
    )
    prose = Prose(rules)
    window = window_of("Yesterday Lena Schneider called about her invoice.")
    assert list(prose.candidates(window.data, window, PlainText())) == []
    assert prose.judged == 0


def test_source_code_costs_nothing(rules: RuleSet) -> None:
    prose = Prose(rules)
    window = window_of("int main(void) {\n  return foo->bar[x] | y;\n}\n" * 50)
    assert list(prose.candidates(window.data, window, PlainText())) == []
    assert prose.judged == 0


def test_sentences_end_behind_marks_and_not_behind_titles() -> None:
    text = "It was the idea of Dr. Emily Nguyen and of J. R. Smith, who had thought of it for years. Then somebody else came along."
    assert [each.text for each in sentences(text)] == [
        "It was the idea of Dr. Emily Nguyen and of J. R. Smith, who had thought of it for years.",
        "Then somebody else came along.",
    ]


@given(st.text(max_size=1_500))
@settings(max_examples=50, deadline=None)
def test_sentences_are_parts_of_the_text(text: str) -> None:
    for each in sentences(text):
        assert text[each.start : each.start + len(each.text)] == each.text
        assert 0 < len(each.text) <= 400


def test_the_filter() -> None:
    assert runs("Yesterday Lena Schneider called", COMMON) == ("Yesterday Lena Schneider",)
    assert runs("The Public License", COMMON) == ()
    assert runs("Don't work", COMMON | {"do"}) == ()
    assert may_place("at 12 Rue de la Paix")
    assert not may_place("within 30 days after 29 June 2007")
    assert not is_prose("{a: [1, 2]; b = c | d}")


def test_what_is_missing_is_told_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tagger, "find_spec", lambda _name: None)
    with pytest.raises(tagger.ModelMissingError, match=r"not installed .*pip install 'assay\[nlp\]'"):
        tagger.Tagger()


def test_what_was_no_name_is_not_asked_about_again(rules: RuleSet) -> None:
    prose = Prose(rules)
    text = " ".join(f"Under Licensor shall keep the notice number {number} of the work." for number in range(40))
    assert names(prose, text) == []
    assert 0 < prose.judged < len(text) / 10


def test_who_is_known_is_not_asked_about_again_and_found(rules: RuleSet) -> None:
    prose = Prose(rules)
    text = "Yesterday Lena Schneider called about her invoice. " + " ".join(
        f"On day {number} of the matter it was Lena Schneider who had paid." for number in range(40)
    )
    assert names(prose, text) == ["Lena Schneider"] * 41
    assert 0 < prose.judged < len(text) / 4


@pytest.mark.parametrize(
    "text",
    ["See Chapter 7, Basics.", "Copyright 2008 Free Software Foundation.", "It is sent via Debian mirrors.", "Rue 21."],
)
def test_chapters_years_and_ways_are_no_addresses(text: str) -> None:
    assert not may_place(text)


@pytest.mark.parametrize("word", ["Unix-like", "PostScript", "CPUs", "Definitions", "Debian's", "Front-Cover"])
def test_products_and_forms_of_common_words_are_nobody(prose: Prose, word: str) -> None:
    assert runs(f"It has {word} in it", prose._common()) == ()


@pytest.mark.parametrize("name", ["McAdory", "Xiao-li Zhang", "Fernandez-Sanguino", "DeShawn", "Tury"])
def test_names_that_are_written_unlike_others_are_asked_about(prose: Prose, name: str) -> None:
    assert runs(f"It was {name} then", prose._common()) == (name,)


WIDE = ("PERSON_NAME", "ADDRESS", "ORGANISATION", "LOCATION")


@pytest.fixture(scope="module")
def wide() -> Prose:
    return Prose(
        ruleset.load((), names=WIDE, categories=(), preview=False, cache=None, candidates=False, governance=None)
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Lena Schneider of Nordwind Logistik GmbH called from Hamburg.",
            {
                ("PERSON_NAME", "Lena Schneider"),
                ("ORGANISATION", "Nordwind Logistik GmbH"),
                ("LOCATION", "Hamburg"),
            },
        ),
        (
            "She studied at the University of Leeds. Leeds Motors was next door.",
            {("ORGANISATION", "University of Leeds"), ("ORGANISATION", "Leeds Motors")},
        ),
        ("It was held in Oaxtepec, Mexico, in May.", {("LOCATION", "Oaxtepec"), ("LOCATION", "Mexico")}),
        ("We live at 12 Rue de la Paix, 75002 Paris.", {("ADDRESS", "12 Rue de la Paix, 75002 Paris")}),
        (
            "Die Bank verkaufte sie an Müller & Söhne AG in Österreich.",
            {("ORGANISATION", "Müller & Söhne AG"), ("LOCATION", "Österreich")},
        ),
        (
            "Se lo vendió Aceites Sur S.A. en Alemania.",
            {("ORGANISATION", "Aceites Sur S.A."), ("LOCATION", "Alemania")},
        ),
        ("In May the Monday meeting moved to Thursday, in a Hurry.", set()),
    ],
)
def test_organisations_and_places(wide: Prose, text: str, expected: set[tuple[str, str]]) -> None:
    assert set(found(wide, text)) == expected


def test_organisations_are_found_again_by_what_they_are_called(wide: Prose) -> None:
    text = (
        "The Massachusetts Institute of Technology (MIT) was asked. So was Nordwind Logistik GmbH. "
        "Later MIT agreed, and Nordwind Logistik did not."
    )
    assert [value for name, value in found(wide, text) if name == "ORGANISATION"] == [
        "Massachusetts Institute of Technology",
        "MIT",
        "Nordwind Logistik GmbH",
        "MIT",
        "Nordwind Logistik",
    ]


def test_letters_in_brackets_that_are_no_initials_name_something_else(wide: Prose) -> None:
    text = "He is at the Universiteit van Purdue (VS). In the VS it is known."
    assert ("ORGANISATION", "VS") not in found(wide, text)


def test_places_are_found_again(wide: Prose) -> None:
    text = "It was held in Oaxtepec, Mexico. Many came. Oaxtepec was full, and nobody minded it."
    assert [value for name, value in found(wide, text) if name == "LOCATION"].count("Oaxtepec") == 2


def test_neither_is_told_unless_asked_for(prose: Prose) -> None:
    assert found(prose, "The Nordwind Logistik GmbH is in Hamburg.") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is told by E.W. Dijkstra and by N. Wirth in those days.", ["E.W. Dijkstra", "N. Wirth"]),
        ("Sehr geehrte Frau Wiśniewska, wir danken für Ihre Anfrage.", ["Wiśniewska"]),
        ("Le rapport a été écrit par Camille Lefèvre et relu par Mme Okafor.", ["Camille Lefèvre", "Okafor"]),
        ("Estimada señora Etxeberria, su pedido llegó ayer.", ["Etxeberria"]),
        ("Gentile dottoressa Bianchi, la ringraziamo.", ["Bianchi"]),
        ("Prezada senhora Conceição, agradecemos o contato.", ["Conceição"]),
        ("Geachte mevrouw Van den Berg, hartelijk dank voor uw bericht.", ["Van den Berg"]),
        ("Geschreven door Joris de Wit in mei.", ["Joris de Wit"]),
    ],
)
def test_initials_titles_and_words_before_names_in_seven_languages(
    prose: Prose, text: str, expected: list[str]
) -> None:
    assert names(prose, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bitte senden Sie es an die Lindenstraße 14, 10969 Berlin.", "Lindenstraße 14, 10969 Berlin"),
        ("Envíelo a la Calle de Alcalá 48, 28014 Madrid, por favor.", "Calle de Alcalá 48, 28014 Madrid"),
        ("Abita in Via Garibaldi 12, 20121 Milano da anni.", "Via Garibaldi 12, 20121 Milano"),
        ("Moro na Rua das Flores 25, 4050-262 Porto.", "Rua das Flores 25, 4050-262 Porto"),
        ("Stuur het naar Keizersgracht 421, 1016 EK Amsterdam.", "Keizersgracht 421, 1016 EK Amsterdam"),
    ],
)
def test_addresses_in_other_languages(prose: Prose, text: str, expected: str) -> None:
    assert ("ADDRESS", expected) in found(prose, text)


def test_a_name_and_a_year_are_no_address(prose: Prose) -> None:
    text = '["PL/I Programming with PLUM", M.V. Zelkowitz, Paladin House,\n  1978].'
    assert [each for each in found(prose, text) if each[0] == "ADDRESS"] == []


def test_countries_and_pronouns_are_nobody(prose: Prose) -> None:
    assert names(prose, "Creo que decía algo de Rusia. Lui ha detto che non lo legge.") == []


@pytest.mark.parametrize("part", ["A'", "A.", "Aa Bb ", "University of the ", "Xy Ltd. and ", "A-", "> Aa 12\n"])
def test_no_text_takes_long_to_look_through_for_organisations(part: str) -> None:
    # Without bounds the first of these takes minutes.
    assert len(list(organisations(part * 20_000))) <= 20_000


@given(st.lists(st.integers(0, 60), max_size=12), st.integers(0, 60), st.integers(1, 9))
def test_spans_that_meet_and_cover(starts: list[int], start: int, size: int) -> None:
    taken = Taken()
    kept: list[tuple[int, int]] = []
    for each in starts:
        if not taken.meets(each, each + 4):
            taken.add(each, each + 4)
            kept.append((each, each + 4))
    end = start + size
    assert taken.meets(start, end) is any(a < end and start < b for a, b in kept)
    assert taken.covers(start, end) is any(a <= start and end <= b for a, b in kept)
