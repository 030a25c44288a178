"""The tasks as native DSPy programs: the same words and types as in the `.lmp` programs beside."""

from typing import Literal

import dspy

Intent = Literal[
    "AddToPlaylist",
    "BookRestaurant",
    "GetWeather",
    "PlayMusic",
    "RateBook",
    "SearchCreativeWork",
    "SearchScreeningEvent",
]


class Route(dspy.Signature):
    """Classify the intent of the request."""

    text: str = dspy.InputField()
    intent: Intent = dspy.OutputField()


class Router(dspy.Module):
    def __init__(self):
        super().__init__()
        self.route = dspy.Predict(Route)

    def forward(self, text):
        return self.route(text=text)


class Judge(dspy.Signature):
    """Is this sentence of a film review positive or negative?"""

    text: str = dspy.InputField()
    label: Literal["negative", "positive"] = dspy.OutputField()


class Sentiment(dspy.Module):
    def __init__(self):
        super().__init__()
        self.judge = dspy.Predict(Judge)

    def forward(self, text):
        return self.judge(text=text)


class About(dspy.Signature):
    """What is the request about?"""

    text: str = dspy.InputField()
    domain: Literal["book", "music", "restaurant", "screen", "weather"] = dspy.OutputField()


class Wanted(dspy.Signature):
    """Classify the intent of the request, which is about the domain."""

    text: str = dspy.InputField()
    domain: str = dspy.InputField()
    intent: Intent = dspy.OutputField()


class Concierge(dspy.Module):
    def __init__(self):
        super().__init__()
        self.about = dspy.Predict(About)
        self.wanted = dspy.Predict(Wanted)

    def forward(self, text):
        domain = self.about(text=text).domain
        return self.wanted(text=text, domain=domain)


class Area(dspy.Signature):
    """Which area of life is the question about?"""

    text: str = dspy.InputField()
    area: Literal["household", "money", "transport"] = dspy.OutputField()


class Domain(dspy.Signature):
    """Which desk answers the question, which is about the area?"""

    text: str = dspy.InputField()
    area: str = dspy.InputField()
    domain: Literal["auto_and_commute", "banking", "credit_cards", "home", "kitchen_and_dining", "travel"] = (
        dspy.OutputField()
    )


class Desk(dspy.Module):
    def __init__(self):
        super().__init__()
        self.area = dspy.Predict(Area)
        self.domain = dspy.Predict(Domain)

    def forward(self, text):
        area = self.area(text=text).area
        return self.domain(text=text, area=area)


PROGRAMS = {"snips": Router, "mr": Sentiment, "concierge": Concierge, "desk": Desk}
"""The program of each task."""
