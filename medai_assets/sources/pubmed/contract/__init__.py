"""What NLM answers with for PubMed: a search and a fetch of E-utilities, and in bulk a folder, a digest and a file."""

from __future__ import annotations

from pathlib import Path

from medai_assets.sources.contract import Contract, ReplyRequest, RequestContext

_FOLDER = Path(__file__).parent
_MANUAL = "https://www.ncbi.nlm.nih.gov/books/NBK25499/"
_DTD = "https://dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101/index.html"
_TREE = "https://pubmed.ncbi.nlm.nih.gov/download/"


def _search(context: RequestContext) -> ReplyRequest:
    form = {
        "db": "pubmed",
        "term": context.query["term"],
        "retmode": "json",
        "usehistory": "y",
        "retmax": "5",
    }
    return ReplyRequest("esearch.fcgi", form, "POST")


def _fetch(context: RequestContext) -> ReplyRequest:
    # Several, since one of them may be the chapter of a book, which has another form.
    pmids = context.json("search.json")["esearchresult"]["idlist"]
    return ReplyRequest("efetch.fcgi", {"db": "pubmed", "retmode": "xml", "id": ",".join(pmids)}, "POST")


def _folder(context: RequestContext) -> ReplyRequest:
    return ReplyRequest(f"pubmed/{context.query['tree']}/")


def _archive(context: RequestContext) -> str:
    name = context.found("folder.html", r'<a href="(pubmed\d\dn\d+\.xml\.gz)"')
    return f"pubmed/{context.query['tree']}/{name}"


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
        lambda context: ReplyRequest(f"{_archive(context)}.md5"),
    ),
    Contract(
        _FOLDER / "citations.xml",
        _DTD,
        r"pubmed/[a-z]+/pubmed\d\dn\d+\.xml\.gz",
        lambda context: ReplyRequest(_archive(context)),
        small=False,  # up to a hundred megabytes
        open_below=("PubmedArticleSet",),
        inside="gzip",
    ),
)
