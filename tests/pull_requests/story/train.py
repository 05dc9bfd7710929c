"""Two learning rates, five seeds each: trainings of the demo, as short as a story allows. Lies in its repository."""

from functools import partial

import paceline

from apps.workspace.demo import trainings

trainings.EPOCHS = 8
RATES = {"baseline": 0.1, "lower-rate": 0.001}


def log(run, metrics, epoch):
    run.log(metrics, step=epoch)


def log_classes(run, labels, predicted, epoch):
    run.log_class_table("val", y_true=labels, y_pred=predicted, step=epoch)


for tag, rate in RATES.items():
    for seed in range(5):
        training = trainings.Training("sgd", rate, 1, seed)
        run = paceline.init(name=training.name, group=training.group, config=training.config, tags=[tag])
        trainings.train(training, partial(log, run), partial(log_classes, run))
        run.finish(timeout=60)
