"""What a test looks at in a report: the marks of all equalities, and the network understood."""

from clearprop.checking.marking import check


def marks(text):
    return [judgement.mark for judgement in check(text).judgements]


def network_of(text):
    lesson = check(text).lesson
    assert lesson is not None
    return lesson.network.layers, lesson.network.activations, lesson.learning.loss
