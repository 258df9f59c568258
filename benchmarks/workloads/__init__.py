"""What is measured: a module for each family, and the named sets of rows."""

from fnmatch import fnmatchcase

from workloads.attention import Attention
from workloads.products import Product
from workloads.sentences import Sentences

FAMILIES = (Sentences, Product, Attention)

#: Rows of common and of ragged extents, from a single row to a hundred.
SKINNY = [
    f"product-{rows}x{columns}x{inner}"
    for columns, inner in ((4096, 4096), (3072, 768), (1001, 777), (3001, 1999))
    for rows in (1, 4, 16, 48, 100)
]
SETS = {
    # What `make bench` measures in a few minutes.
    "quick": [
        "minilm-1x128",
        "minilm-8x128",
        "minilm-32x5..200",
        "product-512x4096x4096",
        "product-16x3072x768",
        "product-48x1001x777",
        "attention-8x1024x64-causal",
        "decode-32x8x4096x128",
    ],
    # Batches of more and more tokens, of unequal lengths at last, whose cost should grow with
    # them: attention costs a token as much in each.
    "linear": [f"minilm-{batch}x128" for batch in (1, 2, 4, 8, 16)] + ["minilm-32x5..200"],
    "minilm": ["minilm-1x128", "minilm-8x128", "minilm-32x5..200"],
    "products": ["product-2048x2048x2048", "product-512x4096x4096", *SKINNY],
    "attention": [
        f"attention-8x2048x{width}-{kind}"
        for width in (128, 64)
        for kind in ("full", "causal", "window256")
    ]
    + ["decode-32x8x4096x128"],
    # How the time grows, for the page's plots.
    "scaling": [f"minilm-1x{tokens}" for tokens in (8, 16, 32, 64, 128, 256, 512)]
    + [f"minilm-{batch}x128" for batch in (2, 4, 8, 16)],
}
# What there are goals for.
SETS["goals"] = list(
    dict.fromkeys(
        row for name in ("products", "minilm", "attention", "linear") for row in SETS[name]
    )
)
SETS["all"] = list(dict.fromkeys(row for name in ("minilm", "products", "attention", "scaling")
                                 for row in SETS[name]))  # fmt: skip


def parse_workload(name, model):
    """The workload of a row's name; None where it is the name of none."""
    for family in FAMILIES:
        workload = family.parse(name, model) if family is Sentences else family.parse(name)
        if workload:
            return workload
    return None


def select_rows(pattern):
    """The rows that one word of --rows means: those of a set, those that match, or itself."""
    if pattern in SETS:
        return SETS[pattern]
    return [row for row in SETS["all"] if fnmatchcase(row, pattern)] or [pattern]
