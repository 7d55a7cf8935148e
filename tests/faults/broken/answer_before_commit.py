"""The answer leaves and the commit follows: a kill between loses what was acknowledged."""

RULE = "I1"
EDITS = (
    (
        "app/api/registrar.py",
        """        with transaction() as session:
            act = Act(session, utcnow(), actor)
            answer = _call_once(route, act, given, key) if key else _call(route, act, given)
""",
        """        from threading import Timer

        leaving = transaction()
        session = leaving.__enter__()
        try:
            act = Act(session, utcnow(), actor)
            answer = _call_once(route, act, given, key) if key else _call(route, act, given)
            session.flush()
        except BaseException as error:
            leaving.__exit__(type(error), error, error.__traceback__)
            raise
        Timer(0.03, leaving.__exit__, (None, None, None)).start()
""",
    ),
)
STRIKES = {"web": 10}
