"""CDC media, MedQuAD pairs and data set rows become documents."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import orjson
import pytest

from medai_assets.sources.cdc import parse as parse_cdc
from medai_assets.sources.document import Document, SetAside
from medai_assets.sources.huggingface import parse as parse_huggingface
from medai_assets.sources.medquad import parse as parse_medquad

CONTENT = (
    "<div class='syndicate'><h1>Lyme Disease</h1><p>A tick spreads it.</p><h2>What are the symptoms?</h2><p>A rash.</p>"
    "<h2>When to seek emergency care</h2><p>Call 911 if breathing is hard.</p><h2>References</h2><p>1. Somebody.</p></div>"
)


class TestCdc:
    def test_a_page_is_cut_at_its_headings(self) -> None:
        media = {
            "name": "About Lyme Disease",
            "language": {"isoCode": "eng"},
            "tags": [{"name": "Ticks", "type": "Topic"}],
        }
        parsed = parse_cdc.parse(orjson.dumps({"media": media, "syndicate": {"content": CONTENT}}).decode())
        assert isinstance(parsed, Document)
        assert (parsed.subject, parsed.language, parsed.attributes) == (
            "Lyme Disease",
            "en",
            {"topics": ["Ticks"]},
        )
        assert [(s.section, s.text) for s in parsed.sections][1:] == [
            ("symptoms", "A rash."), ("care_emergency", "Call 911 if breathing is hard."),
        ]  # fmt: skip

    def test_an_item_without_text_is_set_aside(self) -> None:
        assert isinstance(parse_cdc.parse('{"media": {"name": "A picture"}}'), SetAside)


class TestMedquad:
    PAIR = '<QAPair pid="1"><Question qid="a" qtype="symptoms">What are the symptoms of X ?</Question><Answer>{}</Answer></QAPair>'

    def parsed(self, answer: str, pair: str = PAIR) -> Document | SetAside:
        return parse_medquad.parse(f"<Document id='1'><Focus>X</Focus>{pair.format(answer)}</Document>")

    def document(self, answer: str) -> Document:
        parsed = self.parsed(answer)
        assert isinstance(parsed, Document)
        return parsed

    def test_question_type_and_focus_are_kept(self) -> None:
        found = self.document("A fever.")
        assert (found.subject, found.sections[0].section) == ("X", "symptoms")
        assert found.sections[0].attributes == {
            "question": "What are the symptoms of X?",
            "question_type": "symptoms",
        }

    @pytest.mark.parametrize(
        "pair",
        [
            PAIR,
            '<pair pid="1"><question qid="a" qtype="symptoms">what are the symptoms of X ?</question><answer>{}</answer></pair>',
        ],
    )
    def test_dialects_read_alike(self, pair: str) -> None:
        found = self.parsed("A fever.", pair)
        assert isinstance(found, Document)
        assert (found.sections[0].heading, found.sections[0].text) == (
            "What are the symptoms of X?",
            "A fever.",
        )

    def test_an_empty_answer_is_set_aside(self) -> None:
        assert isinstance(self.parsed("  "), SetAside)

    def test_an_answer_does_not_begin_with_its_question(self) -> None:
        assert (
            self.document("What causes X? The cause is unknown.").sections[0].text == "The cause is unknown."
        )

    def test_the_question_inside_an_answer_is_kept_since_it_may_ask_for_less(self) -> None:
        found = self.document("What causes the itching of X? The cause is unknown.")
        assert found.sections[0].attributes["inner_question"] == "What causes the itching of X?"

    def test_flattened_lists_become_lines_again(self) -> None:
        assert (
            self.document("Signs include:    - fever    - cough").sections[0].text
            == "Signs include:\n- fever\n- cough"
        )

    def test_a_line_that_holds_a_whole_list_is_cut_at_its_dashes(self) -> None:
        flattened = "Foods include\n  - beans - fruits, such as pears - 2 - 3 eggs"
        assert self.document(flattened).sections[0].text == (
            "Foods include\n- beans\n- fruits, such as pears\n- 2 - 3 eggs"
        )

    @pytest.mark.parametrize(
        ("flattened", "restored"),
        [
            ("It doesnt hurt and cant spread.", "It doesn't hurt and can't spread."),
            ("Your childs doctor and the bodys cells.", "Your child's doctor and the body's cells."),
            ("In Sjgren's syndrome and Mntriers disease.", "In Sjögren's syndrome and Ménétrier's disease."),
            ("About 5 million visits each year.1 Women have more.", "About 5 million visits each year. Women have more."),
            ("Targeted therapy  Targeted therapy is a drug.", "Targeted therapy\nTargeted therapy is a drug."),
            ("Wait. More information about H. pylori is provided in the NIDDK health topic, Peptic Ulcer: A Sore.", "Wait."),
            ("Wait. For additional information on lenses visit CDC's web page. Rest.", "Wait. Rest."),
            ("Wait. For more information, please visit: http://www.ninds.nih.gov/about/mdcc/", "Wait."),
            ("Surgery Surgery to remove the tumor.", "Surgery\nSurgery to remove the tumor."),
            ("Wait. (See the PDQ summary on Bile Duct Cancer Treatment for more information.) Rest.", "Wait. Rest."),
            (
                "Wait.\n\nMore information is provided in the NIDDK health topics:\n - Home Dialysis - Transplants\n\nRest.",
                "Wait.\n\nRest.",
            ),
            # What two readings fit stays: one patient's or several patients', the possessive of "it" or "it is".
            ("The patients health and its course. Version 2.1 of it. Vitamin B12.", None),
        ],
    )  # fmt: skip
    def test_what_was_lost_is_restored_where_one_reading_fits(
        self, flattened: str, restored: str | None
    ) -> None:
        text = " ".join(self.document(flattened).sections[0].text.split(" "))
        assert re.sub(" {2,}", " ", text).strip() == (restored or flattened)

    def test_how_a_disease_is_inherited_is_no_sign_of_it(self) -> None:
        flattened = (
            "Signs and Symptoms Approximate number of patients (when available) Ataxia 90% Autosomal recessive inheritance - "
            "Infantile onset - Variable expressivity - Progressive hearing loss - Seizures -"
        )
        assert self.document(flattened).sections[0].text == (
            "Signs and symptoms:\n- Ataxia (90% of patients)\n- Progressive hearing loss\n- Seizures"
        )

    def test_the_flattened_table_of_signs_is_read_row_by_row(self) -> None:
        flattened = (
            "What are the signs and symptoms of X? The Human Phenotype Ontology provides the following list of signs and "
            "symptoms for X. If the information is available, the table below includes how often the symptom is seen in people "
            "with this condition. You can use the MedlinePlus Medical Dictionary to look up the definitions for these medical "
            "terms. Signs and Symptoms Approximate number of patients (when available) Ataxia 90% Hearing impairment - "
            "Seizures 5% The Human Phenotype Ontology (HPO) has collected information on how often a sign or symptom occurs in "
            "a condition. For example, a frequency of 25/25 means that in a study of 25 people all patients were found to have "
            "that symptom. Sometimes, no information on frequency is available. In these cases, the sign or symptom may be "
            "rare or common."
        )
        assert self.document(flattened).sections[0].text == (
            "Signs and symptoms:\n- Ataxia (90% of patients)\n- Hearing impairment\n- Seizures (5% of patients)"
        )

    @pytest.mark.real_data
    def test_every_answered_pair_of_the_archive_is_read(self, real_data: Path) -> None:
        archive = zipfile.ZipFile(real_data / "MedQuAD-master.zip")
        unmapped, answered, read = set[str](), 0, 0
        elsewhere = 0  # "See the PDQ summary about ...": no answer of its own
        for name in (n for n in archive.namelist() if n.endswith(".xml")):
            text = archive.read(name).decode()
            for pair in re.findall(r"<(?:QAPair|pair) .*?</(?:QAPair|pair)>", text, re.DOTALL):
                answered += bool(re.search(r"<[Aa]nswer>\s*[^\s<]", pair))
                parsed = parse_medquad.parse(f"<Document><Focus>X</Focus>{pair}</Document>")
                if isinstance(parsed, Document):
                    read += 1
                    unmapped |= set(parsed.unmapped)
                    assert "Human Phenotype Ontology" not in parsed.sections[0].text
                elif re.search(r"<[Aa]nswer>\s*See the PDQ summary about [^.]+\.\s*<", pair):
                    elsewhere += 1
        assert read + elsewhere == answered > 3000
        assert not unmapped


class TestHuggingFace:
    def test_a_task_sentence_is_not_the_question(self) -> None:
        row = {
            "instruction": "Answer this question truthfully",
            "input": "What is flu?",
            "output": "A virus infection.",
        }
        parsed = parse_huggingface.parse(orjson.dumps(row).decode())
        assert isinstance(parsed, Document)
        assert parsed.attributes == {"question": "What is flu?"}
        assert (parsed.sections[0].section, parsed.sections[0].text) == ("answer", "A virus infection.")

    def test_pubmedqa_rows_name_their_article(self) -> None:
        row = {"pubid": 123, "question": "Does it work?", "long_answer": "It does.", "final_decision": "yes"}
        parsed = parse_huggingface.parse(orjson.dumps(row).decode())
        assert isinstance(parsed, Document)
        assert (parsed.attributes["pmid"], parsed.sections[0].section) == ("123", "conclusions")

    def test_a_row_without_an_answer_is_set_aside(self) -> None:
        assert isinstance(parse_huggingface.parse('{"question": "What is flu?", "answer": ""}'), SetAside)
