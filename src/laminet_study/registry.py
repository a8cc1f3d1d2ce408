"""Which figures there are and what each needs: light to import, so that a workflow can plan with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True)
class FigureSpec:
    """A figure of the study.

    Attributes:
        title: one line on what it shows.
        drawing: "module:function" inside laminet_study.figures that draws it.
        study: name of the study dataset it needs, or None.
        rve: whether it needs the RVE.
        references: composites whose reference curves it needs, or True: whichever there are, one at least.
        times: kinds of measurements that it shows, see `laminet_study.measurements`.
        options: further arguments of the drawing function.
    """

    title: str
    drawing: str
    study: str | None = None
    rve: bool = False
    references: tuple[str, ...] | Literal[True] = ()
    times: tuple[Literal["online", "training", "epochs"], ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def control(self) -> bool:
        """Whether it shows load paths, and so depends on their control: all of two modules do."""
        return self.drawing.startswith(("stress:", "performance:"))

    @property
    def errors(self) -> bool:
        """Whether it shows errors against references: where it has these too, its caption names unresolved ones."""
        return self.drawing.startswith(("performance:", "recipes:"))


def named(composite: str) -> str:
    """Readable name of a composite: 'composite_1' is 'Composite 1'."""
    return composite.replace("_", " ").capitalize()


COMPOSITES = ("composite_1", "composite_2", "composite_3")

FIGURES: dict[str, FigureSpec] = {
    "fig5": FigureSpec("Cross-section and mesh of the RVE", "microstructure:cross_section", rve=True),
    "fig6": FigureSpec("Reference responses of the composites", "stress:references", references=True),
    "fig7": FigureSpec("Training histories of DMNs by data and batch size", "histories:data_size", study="data_size"),
    **{
        name: FigureSpec(
            f"{named(composite)}: stress of DMNs trained on data set {rank}, by batch size",
            "stress:predictions",
            study="data_size",
            references=(composite,),
            options={"composite": composite, "rank": rank},
        )
        for rank, names in enumerate(("fig8 fig9 fig10", "figA18 figA19 figA20", "figB21 figB22 figB23"), start=1)
        for name, composite in zip(names.split(), COMPOSITES, strict=True)
    },
    "fig11": FigureSpec("Errors of all DMNs by data size", "performance:data_size", study="data_size"),
    **{
        name: FigureSpec(
            f"Effects of {symbol}, {meaning}, on IMNs",
            "performance:regularisation",
            study=parameter,
            times=("online",),
            options={"parameter": parameter},
        )
        for name, parameter, symbol, meaning in (
            ("fig12", "eta", "η", "the strength of the penalty"),
            ("fig13", "xi", "ξ", "the target of the activations"),
        )
    },
    "fig14": FigureSpec(
        "Training histories and times of DMN and IMN by depth",
        "histories:depth",
        study="depth",
        times=("training", "epochs"),
    ),
    **{
        name: FigureSpec(title, drawing, study="depth", times=("online",))
        for name, title, drawing in (
            ("fig15", "DMN online with and without residual stress", "performance:residual_stress"),
            ("fig16", "IMN online: fixed point and Newton", "performance:fixed_point_or_newton"),
            ("fig17", "DMN and IMN online", "performance:dmn_or_imn"),
        )
    },
    "accuracy_cases": FigureSpec(
        "The recipes 'paper' and 'accurate': errors by load case", "recipes:cases", study="accuracy"
    ),
    "accuracy_guides": FigureSpec("What predicts the error online", "recipes:guides", study="accuracy"),
    "accuracy_curves": FigureSpec(
        "The recipes 'paper' and 'accurate': stress of composite 3",
        "stress:recipes",
        study="accuracy",
        references=("composite_3",),
        options={"composite": "composite_3"},
    ),
}
"""Every figure by name: those of the paper, then those of docs/accuracy.md."""
