"""What NLM answers with for PubMed: a search and a fetch of E-utilities, and in bulk a folder, a digest and a file."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext

_FOLDER = Path(__file__).parent
_MANUAL = "https://www.ncbi.nlm.nih.gov/books/NBK25499/"
_DTD = "https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/index.html"
_TREE = "https://pubmed.ncbi.nlm.nih.gov/download/"


def _search(occasion: RequestContext) -> ReplyRequest:
    form = {
        "db": "pubmed",
        "term": occasion.query["term"],
        "retmode": "json",
        "usehistory": "y",
        "retmax": "5",
    }
    return ReplyRequest("esearch.fcgi", form, "POST")


def _fetch(occasion: RequestContext) -> ReplyRequest:
    # Several, since one of them may be the chapter of a book, which has another form.
    pmids = occasion.json("search.json")["esearchresult"]["idlist"]
    return ReplyRequest("efetch.fcgi", {"db": "pubmed", "retmode": "xml", "id": ",".join(pmids)}, "POST")


def _folder(occasion: RequestContext) -> ReplyRequest:
    return ReplyRequest(f"pubmed/{occasion.query['tree']}/")


def _archive(occasion: RequestContext) -> str:
    name = occasion.found("folder.html", r'<a href="(pubmed\d\dn\d+\.xml\.gz)"')
    return f"pubmed/{occasion.query['tree']}/{name}"


BY_TOPIC = (
    Contract(_FOLDER / "search.json", _MANUAL, r"esearch\.fcgi", _search),
    Contract(_FOLDER / "citations.xml", _DTD, r"efetch\.fcgi", _fetch, open_below=("PubmedArticleSet",)),
)
IN_BULK = (
    Contract(_FOLDER / "folder.html", _TREE, r"pubmed/[a-z]+/", _folder),
    Contract(
        _FOLDER / "digest.txt",
        _TREE,
        r"pubmed/[a-z]+/pubmed\d\dn\d+\.xml\.gz\.md5",
        lambda occasion: ReplyRequest(f"{_archive(occasion)}.md5"),
    ),
    Contract(
        _FOLDER / "citations.xml",
        _DTD,
        r"pubmed/[a-z]+/pubmed\d\dn\d+\.xml\.gz",
        lambda occasion: ReplyRequest(_archive(occasion)),
        small=False,  # up to a hundred megabytes
        open_below=("PubmedArticleSet",),
        inside="gzip",
    ),
)
