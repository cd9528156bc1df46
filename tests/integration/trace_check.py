"""What a trace viewer needs of a trace: it loads, and what overlaps in a lane is nested."""

ROUNDING = 0.5  # microseconds since 1970 in a double


def spans(trace):
    return [event for event in trace["traceEvents"] if event["ph"] == "X"]


def check_nesting(test, trace):
    lanes = {}
    for event in spans(trace):
        lanes.setdefault((event["pid"], event["tid"]), []).append(event)
    for events in lanes.values():
        events.sort(key=lambda event: (event["ts"], -event["dur"]))
        open_ends = []
        for event in events:
            end = event["ts"] + event["dur"]
            while open_ends and open_ends[-1] <= event["ts"] + ROUNDING:
                open_ends.pop()
            if open_ends:
                test.assertLessEqual(end, open_ends[-1] + ROUNDING, event)
            open_ends.append(end)
