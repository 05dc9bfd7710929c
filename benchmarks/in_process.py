"""Chart reads without HTTP: the time of each question inside a process of the site's environment.

Reads {"times", "questions": […]} as JSON, questions as `POST series/query` takes them, and prints for each the median
milliseconds of [finding the answer, writing it in the binary form].
"""

import json
import statistics
import sys
import time

import django


def main() -> None:
    django.setup()
    from apps.history import charts
    from apps.panels import wire
    from apps.panels.questions import body_questions

    task = json.load(sys.stdin)
    result = []
    for body in task["questions"]:
        questions = [asked.question for asked in body_questions(body)]
        finding, writing = [], []
        for _ in range(task["times"] + 2):
            began = time.perf_counter()
            found = charts.answers(questions)
            then = time.perf_counter()
            wire.binary_bytes(found)
            writing.append((time.perf_counter() - then) * 1e3)
            finding.append((then - began) * 1e3)
        result.append([statistics.median(finding[2:]), statistics.median(writing[2:])])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
