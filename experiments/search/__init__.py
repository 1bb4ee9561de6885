"""Search for portfolios of levers: many goals at once, on the same seeds, within a budget of runs.

A study (`study`) names levers, goals and limits. `genetic` proposes portfolios, `work` runs them,
`evaluations` keeps every run, `duels` says which portfolio beats which, `engine` spends the budget,
`confirm` runs what was found on seeds that the search never saw, `files` and `report` write it.
"""
