"""Copyright notices leave the end of an abstract; medicine that mentions years or "(c)" stays."""

from __future__ import annotations

import pyarrow as pa
import pytest

from medai_assets.sources.pubmed.parse import without_notices

SAID = "Exercise lowered blood pressure by 4 mm Hg."


@pytest.mark.parametrize(
    "notice",
    [
        "This article is protected by copyright. All rights reserved.",
        "(PsycInfo Database Record (c) 2021 APA, all rights reserved).",
        "(PsycINFO Database Record (c) 2019 APA, all rights reserved)",
        "© 2021 The Pathological Society of Great Britain and Ireland. Published by John Wiley & Sons, Ltd.",
        "Copyright © 2020 Elsevier Ltd. All rights reserved.",
        "© 2021 Wiley. This article is protected by copyright. All rights reserved.",
        "Copyright 1999 S. Karger AG, Basel",
        "© RSNA, 2021 Supplemental material is available for this article.",
        "VIDEO ABSTRACT.",
        "See Video Abstract at http://links.lww.com/DCR/B544.",
        "J Orthop Sports Phys Ther 2021;51(6):281-288. Epub 30 Jan 2021. doi:10.2519/jospt.2021.10149.",
        "Am J Ophthalmol 2021;221:•••-•••.",
        "Orv Hetil. 2021; 162(23): 911-923.",
        "Cite this article: Bone Joint Res 2021;10(6):354-362.",
        "M Angelaki, P Galanis, A Igoumenou, et al. The Greek Version of a Questionnaire (ASFQ). J Sex Med 2021;9:100334.",
        "K Miles, S Miles. Dilator Treatment: Retrospective Analysis of 26 Cases. Sex Med 2021;9:100344.",
        "Supplemental Material https://doi.org/10.23641/asha.14575533.",
    ],
)
def test_a_notice_at_the_end_goes(notice: str) -> None:
    assert without_notices(pa.array([f"{SAID} {notice}"])).to_pylist() == [SAID]


@pytest.mark.parametrize(
    "text",
    [
        "Groups were (a) placebo, (b) 5 mg, and (c) 10 mg. The copyright of the scale is held by its authors.",
        "Rates fell in (a) surgery, (b) wards and (c) clinics in 2019 and 2020.",
        "A video abstract helped 12 % of patients.",
        "The rate fell from 2019; 12 of 40 patients were treated. A ratio of 2021:10 was seen.",
        "These data extend the guideline (J Orthop Sports Phys Ther 2019;49(9):CPG1-CPG95).",
        "It confirms what was seen before (Smith J, et al. Lancet 2019;393:1127-38). Treat early.",
        "Smith J, Jones K. Both lowered blood pressure in 2021.",
        "In (c) 2019 was not the year of any event that mattered here? It was.\n\nResults followed.",
        SAID,
        "",
    ],
)
def test_everything_else_stays(text: str) -> None:
    assert without_notices(pa.array([text])).to_pylist() == [text]


def test_rows_keep_their_places() -> None:
    texts = pa.array([SAID, f"{SAID} © 2021 Wiley.", "Other"])
    assert without_notices(texts).to_pylist() == [SAID, SAID, "Other"]
