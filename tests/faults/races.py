RACES = ("same_key",)


def run(*a):
    from collections import Counter

    return Counter(), []
