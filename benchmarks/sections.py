"""The sections in the order of the page, by the name they have on the command line and in the JSON."""

from benchmarks import gpu, growth, lab, learning, limit, practising, startup

SECTIONS = {
    "learning": learning,
    "practising": practising,
    "limit": limit,
    "growth": growth,
    "lab": lab,
    "startup": startup,
    "gpu": gpu,
}
