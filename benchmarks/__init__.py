"""How fast prenoise is on this machine, side by side with what one would use instead: `python -m benchmarks`.

A section is a file with two functions: `measure(fast, say)` finds numbers, `describe(found)` says them in Markdown.
`possible` holds them against what the machine can do at most.
"""
