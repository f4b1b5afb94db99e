"""The kinds of files that are told apart, and the signatures, names and extensions that tell them."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """A kind of file. `is_text`, `is_container`, `is_tabular`, `skip_reason` and `gap_reason` say what becomes of it."""

    TEXT = "text"
    SOURCE = "source"
    MARKDOWN = "markdown"
    DELIMITED = "delimited"
    JSON = "json"
    JSONL = "jsonl"
    XML = "xml"
    HTML = "html"
    YAML = "yaml"
    TOML = "toml"
    KEYVALUE = "keyvalue"
    HL7 = "hl7"
    X12 = "x12"
    VCARD = "vcard"
    GEDCOM = "gedcom"
    SQL = "sql"

    GZIP = "gzip"
    BZIP2 = "bzip2"
    XZ = "xz"
    ZSTD = "zstd"
    ZIP = "zip"
    TAR = "tar"

    PARQUET = "parquet"
    ORC = "orc"
    AVRO = "avro"
    ARROW = "arrow"
    SQLITE = "sqlite"
    DUCKDB = "duckdb"
    SPREADSHEET = "spreadsheet"

    EXECUTABLE = "executable"
    BYTECODE = "bytecode"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FONT = "font"
    BINARY = "binary"

    PDF = "pdf"
    OFFICE = "office"
    EPUB = "epub"
    RTF = "rtf"
    NOTEBOOK = "notebook"
    MAIL = "mail"
    MAILBOX = "mailbox"
    SEVENZIP = "7z"

    RAR = "rar"
    LZ4 = "lz4"
    LZIP = "lzip"
    COMPRESS = "compress"
    CPIO = "cpio"
    CAB = "cab"
    LHA = "lha"
    LZOP = "lzop"
    LRZIP = "lrzip"
    ARJ = "arj"
    XAR = "xar"
    DISK = "disk image"
    TNEF = "winmail.dat (TNEF)"
    HDF5 = "hdf5"
    PST = "Outlook folders (pst)"
    IWORK = "iwa of iWork"
    MOBI = "e-book (mobi)"
    ACCESS = "Access database"
    PGDUMP = "archive of pg_dump"
    SQLBACKUP = "backup of SQL Server"
    REDIS = "dump of Redis"
    SPSS = "data of SPSS"
    STATA = "data of Stata"
    SAS = "data of SAS"
    RDATA = "data of R"
    DICOM = "DICOM"
    CAPTURE = "network capture"

    @property
    def is_text(self) -> bool:
        """Text of some structure, or of none: it is scanned in windows."""
        return self in _TEXT

    @property
    def is_compressed(self) -> bool:
        """One compressed stream."""
        return self in _COMPRESSED

    @property
    def is_container(self) -> bool:
        """Compressed, an archive or a document: its members and parts are scanned."""
        return self in _COMPRESSED or self is Kind.ZIP or self is Kind.TAR or self in _DOCUMENTS

    @property
    def is_document(self) -> bool:
        """Parts of which text is made, and files, read by `formats.unfold`."""
        return self in _DOCUMENTS

    @property
    def is_tabular(self) -> bool:
        """Tables, read by `formats.tabular`."""
        return self in _TABULAR

    @property
    def skip_reason(self) -> str | None:
        """Why files of this kind are left out by policy, or `None`."""
        return _SKIPPED.get(self)

    @property
    def gap_reason(self) -> str | None:
        """`unsupported format` where files of this kind hold readable data that this version cannot read, or `None`."""
        return "unsupported format" if self in _UNSUPPORTED else None

    @property
    def gap_detail(self) -> str:
        """What a gap of such a file says: what it is, and what to do."""
        advice = "unpack it and scan the result" if self in _PACKED else "export what it holds and scan that"
        return f"{self} cannot be read yet; {advice}"


def is_readable_picture(head: bytes) -> bool:
    """Whether an image that begins so is one that OCR reads: icons and drawings of Photoshop are none."""
    return not head.startswith((b"\x00\x00\x01\x00", b"\x00\x00\x02\x00", b"8BPS"))


_COMPRESSED = frozenset({Kind.GZIP, Kind.BZIP2, Kind.XZ, Kind.ZSTD})
_SKIPPED = {
    Kind.EXECUTABLE: "executable",
    Kind.BYTECODE: "compiled code",
    Kind.IMAGE: "image",
    Kind.AUDIO: "audio",
    Kind.VIDEO: "video",
    Kind.FONT: "font",
    Kind.BINARY: "binary data",
}
_TABULAR = frozenset(list(Kind)[list(Kind).index(Kind.PARQUET) : list(Kind).index(Kind.EXECUTABLE)])
_TEXT = frozenset(list(Kind)[: list(Kind).index(Kind.GZIP)])
_DOCUMENTS = frozenset(list(Kind)[list(Kind).index(Kind.PDF) : list(Kind).index(Kind.RAR)])
_UNSUPPORTED = frozenset(list(Kind)[list(Kind).index(Kind.RAR) :])
_PACKED = frozenset(list(Kind)[list(Kind).index(Kind.RAR) : list(Kind).index(Kind.HDF5)])

# Signature, offset, kind; at one offset the longer comes first.
SIGNATURES: tuple[tuple[bytes, int, Kind], ...] = (
    (b"\x1f\x8b", 0, Kind.GZIP),
    (b"BZh", 0, Kind.BZIP2),
    (b"1AY&SY", 4, Kind.BZIP2),
    (b"\xfd7zXZ\x00", 0, Kind.XZ),
    (b"\x5d\x00\x00", 0, Kind.XZ),
    (b"\x28\xb5\x2f\xfd", 0, Kind.ZSTD),
    (b"PK\x03\x04", 0, Kind.ZIP),
    (b"PK\x05\x06", 0, Kind.ZIP),
    (b"PK\x07\x08PK\x03\x04", 0, Kind.ZIP),
    (b"ustar", 257, Kind.TAR),
    (b"7z\xbc\xaf\x27\x1c", 0, Kind.SEVENZIP),
    (b"Rar!\x1a\x07", 0, Kind.RAR),
    (b"\x04\x22\x4d\x18", 0, Kind.LZ4),
    (b"LZIP\x01", 0, Kind.LZIP),
    (b"\x1f\x9d", 0, Kind.COMPRESS),
    (b"070701", 0, Kind.CPIO),
    (b"070702", 0, Kind.CPIO),
    (b"070707", 0, Kind.CPIO),
    (b"\xc7\x71", 0, Kind.CPIO),
    (b"\x71\xc7", 0, Kind.CPIO),
    (b"\x02\x21\x4c\x18", 0, Kind.LZ4),
    (b"MSCF\x00\x00\x00\x00", 0, Kind.CAB),
    *((b"-lh%d-" % method, 2, Kind.LHA) for method in range(8)),
    (b"\x89LZO\x00\r\n\x1a\n", 0, Kind.LZOP),
    (b"LRZI\x00", 0, Kind.LRZIP),
    (b"\x60\xea", 0, Kind.ARJ),
    (b"xar!\x00\x1c", 0, Kind.XAR),
    (b"MSWIM\x00\x00\x00", 0, Kind.DISK),
    (b"hsqs", 0, Kind.DISK),
    (b"CD001\x01", 0x8001, Kind.DISK),
    (b"QFI\xfb", 0, Kind.DISK),
    (b"KDMV", 0, Kind.DISK),
    (b"vhdxfile", 0, Kind.DISK),
    (b"conectix", 0, Kind.DISK),
    (b"\x7f\x10\xda\xbe", 64, Kind.DISK),
    (b"!BDN", 0, Kind.PST),
    (b"\x78\x9f\x3e\x22", 0, Kind.TNEF),
    (b"BOOKMOBI", 60, Kind.MOBI),
    (b"\x00\x01\x00\x00Standard Jet DB\x00", 0, Kind.ACCESS),
    (b"\x00\x01\x00\x00Standard ACE DB\x00", 0, Kind.ACCESS),
    (b"PGDMP\x01", 0, Kind.PGDUMP),
    (b"TAPE", 0, Kind.SQLBACKUP),
    (b"REDIS00", 0, Kind.REDIS),
    (b"$FL2@(#)", 0, Kind.SPSS),
    (b"$FL3@(#)", 0, Kind.SPSS),
    (b"<stata_dta><header>", 0, Kind.STATA),
    (b"\x00" * 12 + b"\xc2\xea\x81\x60\xb3\x14\x11\xcf\xbd\x92\x08\x00\x09\xc7\x31\x8c\x18\x1f\x10\x11", 0, Kind.SAS),
    (b"RDX2\nX\n", 0, Kind.RDATA),
    (b"RDX3\nX\n", 0, Kind.RDATA),
    (b"X\n\x00\x00\x00", 0, Kind.RDATA),
    (b"DICM", 128, Kind.DICOM),
    (b"\xd4\xc3\xb2\xa1", 0, Kind.CAPTURE),
    (b"\xa1\xb2\xc3\xd4", 0, Kind.CAPTURE),
    (b"\x4d\x3c\xb2\xa1", 0, Kind.CAPTURE),
    (b"\x4d\x3c\x2b\x1a", 8, Kind.CAPTURE),
    (b"\x1a\x2b\x3c\x4d", 8, Kind.CAPTURE),
    (b"%PDF-", 0, Kind.PDF),
    (b"{\\rtf", 0, Kind.RTF),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0, Kind.OFFICE),
    (b"PAR1", 0, Kind.PARQUET),
    (b"ORC", 0, Kind.ORC),
    (b"Obj\x01", 0, Kind.AVRO),
    (b"ARROW1\x00\x00", 0, Kind.ARROW),
    (b"FEA1\x00\x00\x00\x00", 0, Kind.ARROW),
    (b"\xff\xff\xff\xff", 0, Kind.ARROW),
    (b"PARE", 0, Kind.PARQUET),
    (b"SQLite format 3\x00", 0, Kind.SQLITE),
    (b"DUCK", 8, Kind.DUCKDB),
    (b"\x89HDF\r\n\x1a\n", 0, Kind.HDF5),
    (b"\x7fELF", 0, Kind.EXECUTABLE),
    (b"MZ", 0, Kind.EXECUTABLE),
    (b"\xfe\xed\xfa\xce", 0, Kind.EXECUTABLE),
    (b"\xfe\xed\xfa\xcf", 0, Kind.EXECUTABLE),
    (b"\xce\xfa\xed\xfe", 0, Kind.EXECUTABLE),
    (b"\xcf\xfa\xed\xfe", 0, Kind.EXECUTABLE),
    (b"\xca\xfe\xba\xbe", 0, Kind.BYTECODE),
    (b"\x00asm", 0, Kind.EXECUTABLE),
    (b"!<arch>\n", 0, Kind.EXECUTABLE),
    (b"dex\n", 0, Kind.BYTECODE),
    (b"\xde\x12\x04\x95", 0, Kind.BINARY),
    (b"\x89PNG\r\n\x1a\n", 0, Kind.IMAGE),
    (b"\xff\xd8\xff", 0, Kind.IMAGE),
    (b"GIF87a", 0, Kind.IMAGE),
    (b"GIF89a", 0, Kind.IMAGE),
    (b"BM", 0, Kind.IMAGE),
    (b"II*\x00", 0, Kind.IMAGE),
    (b"MM\x00*", 0, Kind.IMAGE),
    (b"\x00\x00\x01\x00", 0, Kind.IMAGE),
    (b"\x00\x00\x02\x00", 0, Kind.IMAGE),
    (b"8BPS", 0, Kind.IMAGE),
    (b"\xd7\xcd\xc6\x9a", 0, Kind.IMAGE),
    (b"\x01\x00\x09\x00\x00\x03", 0, Kind.IMAGE),
    (b" EMF", 40, Kind.IMAGE),
    (b"VCLMTF", 0, Kind.IMAGE),
    (b"RIFF", 0, Kind.BINARY),
    (b"ID3", 0, Kind.AUDIO),
    (b"OggS", 0, Kind.AUDIO),
    (b"fLaC", 0, Kind.AUDIO),
    (b"MThd", 0, Kind.AUDIO),
    (b"\xff\xfb", 0, Kind.AUDIO),
    (b"ftyp", 4, Kind.VIDEO),
    (b"\x1a\x45\xdf\xa3", 0, Kind.VIDEO),
    (b"FLV\x01", 0, Kind.VIDEO),
    (b"\x00\x00\x01\xba", 0, Kind.VIDEO),
    (b"\x00\x00\x01\xb3", 0, Kind.VIDEO),
    (b"wOFF", 0, Kind.FONT),
    (b"wOF2", 0, Kind.FONT),
    (b"OTTO\x00", 0, Kind.FONT),
    (b"\x00\x01\x00\x00\x00", 0, Kind.FONT),
    (b"ttcf\x00", 0, Kind.FONT),
    (b"true\x00", 0, Kind.FONT),
)

# A damaged one has lost its signature; its name still tells that something should have been read.
SIGNED_NAMES: dict[str, Kind] = {
    **dict.fromkeys((".gz", ".gzip", ".tgz"), Kind.GZIP),
    **dict.fromkeys((".bz2", ".bz", ".tbz2", ".tbz"), Kind.BZIP2),
    **dict.fromkeys((".xz", ".txz"), Kind.XZ),
    **dict.fromkeys((".zst", ".zstd", ".tzst"), Kind.ZSTD),
    **dict.fromkeys((".zip", ".jar", ".war", ".ear", ".apk", ".whl", ".pyz"), Kind.ZIP),
    ".tar": Kind.TAR,
    ".7z": Kind.SEVENZIP,
    ".rar": Kind.RAR,
    ".pdf": Kind.PDF,
    **dict.fromkeys((".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".doc", ".xls", ".ppt"), Kind.OFFICE),
    ".epub": Kind.EPUB,
    ".parquet": Kind.PARQUET,
    ".orc": Kind.ORC,
    ".avro": Kind.AVRO,
    **dict.fromkeys((".sqlite", ".sqlite3"), Kind.SQLITE),
    ".duckdb": Kind.DUCKDB,
    ".iwa": Kind.IWORK,
}

ZIP_ENTRIES = frozenset({b"[Content_Types].xml", b"_rels/.rels", b"docProps/app.xml", b"docProps/core.xml"})

_SOURCE = (
    "py pyi pyx rb js mjs cjs jsx ts tsx vue svelte java kt kts scala groovy c h cc cpp cxx hh hpp hxx m mm cs fs "
    "vb go rs swift php pl pm t r jl lua sh bash zsh fish ps1 psm1 bat cmd awk sed tcl el clj cljs erl hrl ex exs "
    "hs ml mli dart asm s f f90 pas css scss sass less proto thrift graphql gql tf tfvars hcl nix cmake mk gradle "
    "sol zig nim v vhdl cu cl glsl "
)
EXTENSIONS: dict[str, Kind] = {
    **{f".{name}": Kind.SOURCE for name in _SOURCE.split()},
    **dict.fromkeys((".md", ".markdown", ".mdx", ".rst", ".adoc"), Kind.MARKDOWN),
    **dict.fromkeys((".csv", ".tsv", ".tab", ".psv"), Kind.DELIMITED),
    **dict.fromkeys(
        (".json", ".geojson", ".har", ".ipynb", ".webmanifest", ".json5", ".jsonc", ".avsc", ".tfstate"), Kind.JSON
    ),
    **dict.fromkeys((".jsonl", ".ndjson", ".jsonlines"), Kind.JSONL),
    **dict.fromkeys(
        (".xml", ".xsd", ".xsl", ".xslt", ".svg", ".rss", ".atom", ".wsdl", ".plist", ".kml", ".gpx", ".pom"), Kind.XML
    ),
    **dict.fromkeys((".csproj", ".vbproj", ".resx", ".xaml", ".config", ".xlf", ".dita"), Kind.XML),
    **dict.fromkeys((".html", ".htm", ".xhtml"), Kind.HTML),
    **dict.fromkeys((".yaml", ".yml"), Kind.YAML),
    ".toml": Kind.TOML,
    **dict.fromkeys((".ini", ".cfg", ".conf", ".cnf", ".env", ".properties", ".desktop", ".service"), Kind.KEYVALUE),
    **dict.fromkeys((".sql", ".dump", ".ddl", ".dml", ".psql"), Kind.SQL),
    **dict.fromkeys((".txt", ".text", ".log", ".out", ".err", ".dat", ".data"), Kind.TEXT),
}
BY_NAME: dict[str, Kind] = {
    "dockerfile": Kind.SOURCE,
    "makefile": Kind.SOURCE,
    "rakefile": Kind.SOURCE,
    "gemfile": Kind.SOURCE,
    "jenkinsfile": Kind.SOURCE,
    "vagrantfile": Kind.SOURCE,
    "pipfile": Kind.TOML,
    "cargo.lock": Kind.TOML,
    "poetry.lock": Kind.TOML,
    "uv.lock": Kind.TOML,
    ".npmrc": Kind.KEYVALUE,
    ".pypirc": Kind.KEYVALUE,
    ".gitconfig": Kind.KEYVALUE,
    ".my.cnf": Kind.KEYVALUE,
    ".htpasswd": Kind.TEXT,
    ".netrc": Kind.TEXT,
    "credentials": Kind.KEYVALUE,
}
