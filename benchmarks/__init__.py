"""How fast prenoise is on this machine, side by side with what one would use instead: `python -m benchmarks`.

A section is a file with three functions: `measure(fast, say)` finds numbers, `describe(found)` says them in Markdown,
`targets(found)` holds them against what was aimed at.
"""
