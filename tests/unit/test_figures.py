"""Every figure of the paper drawn from small studies: panels, labels, lines, numbers, marks, and the files."""

import functools
import subprocess
import sys

import numpy as np
import pytest
import xarray as xr
from synthetic_study import COMPOSITES, DATA_SIZES, DEPTHS, write_studies

from laminet.errors import InputError
from laminet.files.curves import load_reference
from laminet.loading.paths import CASES
from laminet_study import statistics
from laminet_study.figures import FIGURES, draw, elements, inputs_from_files, microstructure, save

STRESS = ("fig8", "fig9", "fig10", "figA18", "figA19", "figA20", "figB21", "figB22", "figB23")
PANELS = {"fig5": 1, "fig6": 6, "fig7": 3, "fig11": 1, "fig12": 4, "fig13": 4, "fig14": 3, "fig15": 4, "fig16": 4}
PANELS |= {"fig17": 5} | dict.fromkeys(STRESS, 6)
PANELS |= {"accuracy_cases": 4, "accuracy_guides": 4, "accuracy_curves": 6}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_studies(tmp_path_factory.mktemp("files"))


@pytest.fixture(scope="module")
def inputs(folder):
    references = sorted(folder.glob("reference_*.nc"))
    found = {}
    for name, spec in FIGURES.items():
        study = [folder / f"{spec.study}.nc"] if spec.study else []
        more = [folder / "rve.nc"] + ([folder / f"times_{spec.study}.nc"] if spec.times else [])
        found[name] = inputs_from_files(name, study + (references if spec.references else []) + more)
    return found


@pytest.fixture(scope="module")
def drawn(inputs):
    """Figures of these inputs, each drawn once."""
    cached = functools.cache(lambda name, control: draw(name, **inputs[name], control=control))
    return lambda name, control="stress": cached(name, control)


def legend_of(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def caption_of(figure):
    return figure.get_supxlabel().replace("\n", " ")


def line_of(axes, label):
    return next(line for line in axes.get_lines() if line.get_label() == label)


def hollow_marks(axes):
    return [line for line in axes.get_lines() if line.get_markerfacecolor() == "white" and len(line.get_xdata())]


def test_the_figures_are_the_papers_and_those_of_the_accuracy_study():
    assert set(FIGURES) == set(PANELS)
    assert len(FIGURES) == 22
    assert {spec.study for spec in FIGURES.values()} == {None, "data_size", "eta", "xi", "depth", "accuracy"}


def test_planning_needs_no_heavy_import():
    code = (
        "import sys; from laminet_study.registry import FIGURES; "
        "sys.exit(bool({'numpy', 'xarray', 'matplotlib', 'seaborn', 'torch'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    ("name", "control"),
    [*((name, "stress") for name in FIGURES), ("fig6", "strain"), ("figB22", "strain"), ("fig17", "strain")],
)
def test_every_figure_has_its_panels_labels_and_data(drawn, name, control):
    figure = drawn(name, control)
    assert len(figure.axes) == PANELS[name]
    for letter, axes in zip("abcdef", figure.axes, strict=False):
        assert axes.get_title(loc="left") == (f"({letter})" if PANELS[name] > 1 else "")
        assert axes.get_xlabel()
        assert axes.get_ylabel()
        drawn = [np.asarray(line.get_ydata(), dtype=float) for line in axes.get_lines()]
        assert axes.collections or drawn
        assert all(np.isfinite(values).any() for values in drawn if values.size)
    assert len(legend_of(figure)) == len(set(legend_of(figure))) > 0
    if FIGURES[name].control:
        assert f"niaxial {control}" in caption_of(figure)


@pytest.mark.parametrize("name", [name for name in FIGURES if name not in STRESS[1:]])  # those are laid out alike
def test_nothing_is_cut_off(drawn, name):
    figure = drawn(name)
    figure.draw_without_rendering()
    box, size = figure.get_tightbbox(), figure.get_size_inches()
    assert min(box.x0, box.y0) >= 0
    assert box.x1 <= size[0]
    assert box.y1 <= size[1]


@pytest.mark.parametrize("name", ["fig6", *STRESS])
def test_stress_panels_follow_the_papers_order_and_units(drawn, name):
    figure = drawn(name)
    for axes, case in zip(figure.axes, CASES, strict=True):
        assert axes.get_xlabel() == rf"Strain $\varepsilon_{{{case}}}$ (%)"
        assert axes.get_ylabel() == rf"Stress $\sigma_{{{case}}}$ (MPa)"


@pytest.mark.parametrize(("name", "samples"), [("fig8", 16), ("figA18", 32), ("figB21", 64)])
def test_stress_predictions_show_every_batch_size_of_their_data_and_the_reference(inputs, drawn, name, samples):
    figure = drawn(name)
    seeds = {batch: 1 if batch == 32 else 2 for batch in DATA_SIZES[samples]}
    assert legend_of(figure) == [*(f"batch {batch} (n = {n})" for batch, n in seeds.items()), "DNS"]
    assert f"Composite 1, uniaxial stress; {samples} samples" in caption_of(figure)
    shear = figure.axes[4]
    expected = statistics.loaded_curve(inputs[name]["references"]["composite_1"], "stress", "23")
    np.testing.assert_allclose(line_of(shear, "DNS").get_xydata().T, expected)
    assert line_of(shear, "DNS").get_linestyle() == "--"
    study = inputs[name]["study"]
    rows = study.isel(run=(study["samples"] == samples).values & (study["batch"] == 16).values)
    if rows.sizes["run"]:
        mean = (
            rows["stress"].sel(composite="composite_1", control="stress", load_case="23").isel(component=3).mean("run")
        )
        np.testing.assert_allclose(line_of(shear, "batch 16 (n = 2)").get_ydata(), 1e3 * mean / np.sqrt(2))


@pytest.mark.parametrize(
    "name", ["fig6", "fig8", "figB23", "fig11", "fig12", "fig15", "accuracy_cases", "accuracy_guides"]
)
def test_captions_name_references_that_are_not_resolved(inputs, folder, name):
    references = {composite: load_reference(folder / f"reference_{composite}.nc") for composite in COMPOSITES}
    fine = draw(name, **inputs[name] | {"references": references})
    assert "not resolved" not in caption_of(fine)
    coarse = references["composite_1"].copy(deep=True)
    coarse["estimated_error"].loc["stress", "11"] = 0.03
    drawn = draw(name, **inputs[name] | {"references": references | {"composite_1": coarse}})
    sentence = "The reference under uniaxial stress is not resolved to 1.5 %: Composite 1 in 11 (error at most 3.0 %)."
    assert (sentence in caption_of(drawn)) == (name != "figB23"), "which shows Composite 3 alone"


def test_figures_of_errors_find_references_among_the_files(folder):
    files = [folder / "eta.nc", folder / "times_eta.nc", *folder.glob("reference_*.nc")]
    assert set(inputs_from_files("fig12", files)["references"]) == set(COMPOSITES)


def test_curves_that_broke_off_are_marked_and_left_out_of_the_mean(inputs, drawn):
    figure = drawn("fig8")
    assert "Hollow markers: 2 of 24 curves not converged (2 broke off" in caption_of(figure)
    assert [len(hollow_marks(axes)) for axes in figure.axes] == [1, 0, 0, 1, 0, 0]
    mark = hollow_marks(figure.axes[0])[0]
    assert mark.get_xdata()[0] == pytest.approx(100 * 0.05 * 3 / 8)
    study = inputs["fig8"]["study"]
    other = study.isel(run=((study["batch"] == 4) & (study["seed"] == 2)).values)
    own = statistics.loaded_curve(other.sel(composite="composite_1"), "stress", "11")[1][0]
    np.testing.assert_allclose(line_of(figure.axes[0], "batch 4 (n = 2)").get_ydata(), own)
    assert "Hollow" not in caption_of(drawn("fig8", "strain"))


FIG16 = ("imn_fixed_point_secant", "imn_newton_dense", "imn_fixed_point_tangent", "newton_condensed")


@pytest.mark.parametrize(
    ("name", "model", "schemes"),
    [
        *((name, "dmn", ("dmn_residual",)) for name in ("fig8", "fig11")),
        *((name, "imn", ("imn_newton_dense",)) for name in ("fig12", "fig13")),
        ("fig15", "dmn", ("dmn_residual", "dmn_no_residual_secant", "dmn_no_residual_tangent")),
        ("fig16", "imn", FIG16),
        ("fig17", "dmn", ("dmn_residual",)),
        ("fig17", "imn", ("imn_newton_dense",)),
    ],
)
def test_one_step_without_convergence_marks_its_run_in_every_figure(inputs, name, model, schemes):
    """Of each scheme that a figure shows, one step in the middle of one finite curve of one run."""
    study = inputs[name]["study"]
    for scheme in schemes:
        run = np.flatnonzero((study["scheme"].values == scheme) & (study["model"].values == model))[1]
        failed = xr.ones_like(study["converged"])
        failed[{"run": run, "composite": 0, "load_case": 1, "step": 3}] = 0
        figure = draw(name, **{**inputs[name], "study": study.assign(converged=failed)}, control="stress")
        assert sum(len(hollow_marks(axes)) for axes in figure.axes) > 0, scheme
        assert "Hollow markers: 1 of" in caption_of(figure), scheme


def test_bands_need_more_than_one_seed(drawn):
    eta, xi = drawn("fig12"), drawn("fig13")
    assert all(axes.collections for axes in eta.axes)
    assert not any(axes.collections for axes in xi.axes)
    assert "mean over n = 2 initialisations" in caption_of(eta)
    assert "n = 1" in caption_of(xi)
    single = drawn("figA18")
    assert [len(axes.collections) for axes in single.axes] == [2] * 6  # batch 32 has but one seed


def test_histories_have_a_panel_per_data_size_and_a_line_per_batch(inputs, drawn):
    figure = drawn("fig7")
    assert legend_of(figure) == [f"batch {batch}" for batch in (4, 8, 16, 32)]
    for axes, (samples, batches) in zip(figure.axes, DATA_SIZES.items(), strict=True):
        assert axes.get_title() == f"{samples} samples"
        assert [line.get_label() for line in axes.get_lines()] == [f"batch {batch}" for batch in batches]
        assert axes.get_ylabel().endswith("(%)")
    study = inputs["fig7"]["study"]
    rows = study.isel(run=((study["samples"] == 64) & (study["batch"] == 16)).values)
    mean = 100 * np.nanmean(rows["train_error"].values, axis=0)
    np.testing.assert_allclose(figure.axes[2].get_lines()[0].get_ydata(), mean)


def test_errors_by_data_size_pool_models_and_composites(inputs, drawn):
    figure = drawn("fig11")
    assert legend_of(figure) == ["all models", "batch 4", "batch 8", "batch 16", "batch 32"]
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == [
        "16\n(n = 4)",
        "32\n(n = 5)",
        "64\n(n = 2)",
    ]
    study = inputs["fig11"]["study"]
    error = study["error"].sel(control="stress").mean("load_case", skipna=False)
    pooled = [100 * float(error[(study["samples"] == samples).values].mean()) for samples in DATA_SIZES]
    np.testing.assert_allclose(line_of(figure.axes[0], "all models").get_ydata(), pooled)


def test_regularisation_panels_show_means_over_seeds(drawn):
    figure = drawn("fig12")
    assert legend_of(figure) == ["Composite 1", "Composite 2", "Composite 3", "mean"]
    error, iterations, nodes = (line_of(axes, "mean").get_xydata().T for axes in np.delete(figure.axes, 1))
    time = line_of(figure.axes[1], "Composite 1").get_xydata().T
    assert "mean" not in [line.get_label() for line in figure.axes[1].get_lines()]
    np.testing.assert_allclose(error, [[0.1, 1.0, 10.0], [2.5, 11.5, 101.5]])
    np.testing.assert_allclose(time[1], 1e-3 * 2**3)  # the least of the repeats
    np.testing.assert_allclose(iterations[1], 2.0)
    np.testing.assert_allclose(nodes[1], 2**3 - 1.5)
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert labels == [
        r"Mean relative error $e_\sigma$ (%)",
        "Online testing time (s)",
        "Iterations per load step",
        "Active base nodes",
    ]
    assert [axes.get_xscale() for axes in figure.axes] == ["log"] * 4
    iterations = line_of(drawn("fig13").axes[2], "mean").get_xydata().T
    np.testing.assert_allclose(iterations, [[0.5, 1.0, 4.0], [5.0, 10.0, 40.0]])


def test_training_times_carry_the_speed_up(drawn):
    figure = drawn("fig14")
    assert legend_of(figure) == ["N = 2", "N = 4"]
    times = figure.axes[2]
    assert [text.get_text() for text in times.texts] == ["8.0"] * 2
    expected = {"DMN, PyTorch": 30 * 0.8, "IMN, PyTorch": 30 * 0.1, "literal DMN, ours": 8, "reduced DMN, ours": 4}
    for label, factor in (expected | {"IMN, ours": 1}).items():  # the least of three repeats, of 30 epochs
        np.testing.assert_allclose(line_of(times, label).get_ydata(), [factor * 2**depth for depth in DEPTHS])
    assert "on all 2 cores" in caption_of(figure)
    assert "The least of 3 repeats" in caption_of(figure)
    assert figure.axes[2].get_ylabel() == "Training time (s)"
    assert figure.axes[0].get_ylim() == figure.axes[1].get_ylim()


def test_online_schemes_by_depth(drawn):
    residual, newton, models = (drawn(name) for name in ("fig15", "fig16", "fig17"))
    assert legend_of(residual) == ["with residual stress", "without (secant)", "without (tangent)"]
    assert legend_of(newton) == ["fixed point (secant)", "Newton", "fixed point (tangent)", "condensed Newton"]
    assert legend_of(models) == ["DMN (with residual stress)", "IMN (Newton)"]
    cost = line_of(residual.axes[3], "without (secant)").get_xydata().T
    active = [np.mean([1 / (2**depth - seed) for seed in (1, 2)]) for depth in DEPTHS]
    expected = [1e6 * 2e-3 * 2**depth / (6 * 8 * 3) * share for depth, share in zip(DEPTHS, active, strict=True)]
    np.testing.assert_allclose(cost, [DEPTHS, expected])
    assert residual.axes[3].get_ylabel() == models.axes[4].get_ylabel() == "Time per iteration\nand node (µs)"
    assert "CPU time of the six load cases of Composite 1 together, 8 steps each" in caption_of(models)
    curves = [line_of(newton.axes[0], label) for label in legend_of(newton)]  # they may coincide
    assert len({line.get_marker() for line in curves}) == len({line.get_linewidth() for line in curves}) == 4


def test_schemes_of_the_comparison_must_be_there(inputs):
    study, times = inputs["fig15"]["study"], inputs["fig15"]["times"]
    only = study.isel(run=(study["scheme"] == "dmn_residual").values)
    with pytest.raises(InputError, match="no dmn run was evaluated by the scheme dmn_no_residual_secant"):
        draw("fig15", study=only, times=times)
    without_extra = study.isel(run=(study["scheme"] != "dmn_no_residual_tangent").values)
    assert legend_of(draw("fig15", study=without_extra, times=times)) == ["with residual stress", "without (secant)"]


def test_the_mesh_fills_the_cell(inputs):
    rve = inputs["fig5"]["rve"]
    polygons = microstructure.outlines(rve["point"].values, rve["element"].values)
    x, y = polygons[..., 0], polygons[..., 1]
    area = 0.5 * (x * np.roll(y, -1, axis=1) - y * np.roll(x, -1, axis=1)).sum(axis=1)
    assert area.min() > 0
    assert area.sum() == pytest.approx(1.0, abs=1e-12)  # shared sides leave no gap, curved or not
    assert area[rve["phase"].values == 2].sum() == pytest.approx(0.6, abs=2e-3)
    copies, origin = microstructure.periodic_copies(polygons)
    assert set(origin) == set(range(len(polygons)))
    assert len(copies) > len(polygons)


@pytest.mark.parametrize("suffix", [".pdf", ".png", ".svg"])
def test_the_same_figure_gives_the_same_bytes(inputs, tmp_path, suffix):
    for name in ("first", "second"):
        save(draw("fig11", **inputs["fig11"]), tmp_path / f"{name}{suffix}")
    first, second = ((tmp_path / f"{name}{suffix}").read_bytes() for name in ("first", "second"))
    assert first == second
    if suffix == ".pdf":
        assert first.startswith(b"%PDF")
        assert b"/FontFile2" in first  # embedded TrueType


def test_other_formats_are_refused(drawn, tmp_path):
    with pytest.raises(InputError, match=r"a figure is written as \.pdf, \.png, \.svg"):
        save(drawn("fig6"), tmp_path / "fig6.docx")
    assert not list(tmp_path.iterdir())


def test_missing_inputs_are_named(inputs, folder):
    for name, message in {
        "fig5": "fig5: needs the RVE",
        "fig6": "fig6: needs the reference curves of at least one composite",
        "fig8": "fig8: needs the study dataset 'data_size'",
        "fig99": "figure is 'fig99'; it must be one of fig5, fig6",
    }.items():
        with pytest.raises(InputError, match=message):
            draw(name)
    found = inputs_from_files("fig9", [folder / "data_size.nc", folder / "eta.nc", folder / "reference_composite_1.nc"])
    assert found["study"].attrs["study"] == "data_size"
    with pytest.raises(InputError, match="fig9: needs the reference curves of composite_2"):
        draw("fig9", **found)
    with pytest.raises(InputError, match="fig14: needs measured times; add a file of 'laminet-study time'"):
        draw("fig14", study=inputs["fig14"]["study"])


def test_files_that_cannot_be_inputs_are_named(folder, tmp_path):
    xr.Dataset({"x": ("step", [1.0])}).to_netcdf(tmp_path / "own.nc")
    with pytest.raises(InputError, match=r"own\.nc: does not say what it holds"):
        inputs_from_files("fig12", [tmp_path / "own.nc"])
    assert inputs_from_files("fig12", [folder / "eta" / "run0" / "network.nc"])["study"] is None
    with pytest.raises(InputError, match=r"rve\.nc: a second file with the rve"):
        inputs_from_files("fig5", [folder / "rve.nc", folder / "rve.nc"])
    with pytest.raises(InputError, match=r"nothing\.nc: no such file"):
        inputs_from_files("fig5", [folder / "nothing.nc"])


def test_a_composite_or_data_size_that_is_not_there_is_named(inputs):
    found = inputs["fig10"]
    lacking = found | {"study": found["study"].sel(composite=["composite_1", "composite_2"])}
    with pytest.raises(InputError, match="study 'data_size': was not evaluated on composite_3, only on composite_1, c"):
        draw("fig10", **lacking)
    study = inputs["figB21"]["study"]
    smaller = inputs["figB21"] | {"study": study.isel(run=(study["samples"] < 64).values)}
    with pytest.raises(InputError, match="has 2 data sizes, this figure shows number 3"):
        draw("figB21", **smaller)


def test_unlike_trainings_are_never_averaged(inputs):
    study = inputs["fig12"]["study"]
    mixed = study.assign_coords(loss=("run", ["divergence"] + ["frobenius"] * (study.sizes["run"] - 1)))
    with pytest.raises(InputError, match=r"its rows at eta 0\.1 mix loss divergence, frobenius"):
        draw("fig12", study=mixed, times=inputs["fig12"]["times"])


def test_curves_that_all_broke_off_leave_a_gap_not_an_error(inputs):
    study = inputs["fig12"]["study"].copy(deep=True)
    lost = {"run": study["run"][(study["eta"] == 1.0).values].values}
    study["stress"].loc[lost] = np.nan
    study["error"].loc[lost] = np.nan
    study["converged"].loc[lost] = False
    figure = draw("fig12", study=study, times=inputs["fig12"]["times"])
    error = line_of(figure.axes[0], "mean").get_ydata()
    assert np.isnan(error).tolist() == [False, True, False]
    assert "(36 broke off" in caption_of(figure)


def test_accuracy_shows_both_losses_by_load_case_and_by_guide(inputs, drawn):
    cases = drawn("accuracy_cases")
    assert legend_of(cases) == ["paper", "paper, worst curve", "accurate", "accurate, worst curve"]
    np.testing.assert_allclose(line_of(cases.axes[0], "paper").get_ydata(), 10.3)
    np.testing.assert_allclose(line_of(cases.axes[0], "accurate, worst curve").get_ydata(), 3.4)
    guides = drawn("accuracy_guides")
    assert legend_of(guides) == ["paper", "accurate"]
    assert line_of(guides.axes[0], "accurate").get_ydata() == pytest.approx([3.2, 3.4])
    assert "n = 2" in caption_of(drawn("accuracy_curves"))


def test_a_summary_is_mean_and_sample_deviation_of_finite_values():
    summary = elements.summary([[1.0, 3.0, 8.0], [2.0, np.nan, np.nan], [np.nan] * 3])
    np.testing.assert_allclose(summary["mean"], [4.0, 2.0, np.nan])
    np.testing.assert_allclose(summary["std"], [np.sqrt((9 + 1 + 16) / 2), np.nan, np.nan])
