"""Files that people bring: checked by content, sealed on disk, bound to what they belong to.

Rooms above say who may see a binding (`seams`), since this one knows neither tickets nor papers.
"""
