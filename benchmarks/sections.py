"""The sections in the order of the page, by the name they have on the command line and in the JSON."""

from benchmarks import before, gpu, growth, lab, learning, limit, pretraining, startup

SECTIONS = {
    "learning": learning,
    "pretraining": pretraining,
    "limit": limit,
    "growth": growth,
    "lab": lab,
    "startup": startup,
    "gpu": gpu,
    "before": before,
}
