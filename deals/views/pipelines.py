"""Pipelines and their stages, for administrators."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from contacts.models import Organization
from contacts.permissions import allow, user_of
from deals.actions import pipelines as actions
from deals.models import Pipeline, Stage


class PipelineForm(forms.Form):
    """A pipeline's name."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)


class NewPipelineForm(PipelineForm):
    """A new pipeline: its first stages, one a line."""

    currency = forms.RegexField(r"^[A-Z]{3}$", label=gettext_lazy("Currency"), max_length=3)
    stages = forms.CharField(
        label=gettext_lazy("Stages, one a line"), widget=forms.Textarea(attrs={"rows": 5}), max_length=1000
    )

    def clean_stages(self) -> list[str]:
        """The names, each once."""
        names = [" ".join(line.split())[:120] for line in str(self.cleaned_data["stages"]).splitlines()]
        return list(dict.fromkeys(name for name in names if name))


class StageForm(forms.Form):
    """A stage's name and its chance in percent."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    probability = forms.IntegerField(label=gettext_lazy("Probability in percent"), min_value=0, max_value=100)


@allow("settings.edit")
def pipelines(request: HttpRequest) -> HttpResponse:
    """All pipelines."""
    found = Pipeline.objects.annotate(open_deals=Count("deals", filter=Q(deals__status="open")))
    return render(request, "deals/pipelines.html", {"pipelines": found.prefetch_related("stages")})


@allow("settings.edit")
def pipeline_new(request: HttpRequest) -> HttpResponse:
    """A form for a new one."""
    usual = "\n".join([_("Qualified"), _("Meeting"), _("Proposal sent"), _("Negotiation")])
    initial = {"currency": Organization.current().default_currency, "stages": usual}
    form = NewPipelineForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_pipeline(**form.cleaned_data, by=user_of(request))
        except actions.NameTaken:
            form.add_error("name", _("Another pipeline has this name."))
        else:
            return redirect("deals:pipeline", made.pk)
    return render(request, "deals/pipeline_new.html", {"form": form})


@allow("settings.edit")
def pipeline(request: HttpRequest, pk: int) -> HttpResponse:
    """One pipeline: its name, and its stages to sort, rename and delete."""
    found: Pipeline = get_object_or_404(Pipeline, pk=pk)
    form = PipelineForm(request.POST or None, initial={"name": found.name})
    if request.method == "POST" and form.is_valid():
        try:
            actions.rename_pipeline(pipeline=found, name=form.cleaned_data["name"], by=user_of(request))
        except actions.NameTaken:
            form.add_error("name", _("Another pipeline has this name."))
        else:
            return redirect("deals:pipeline", pk)
    stages = found.stages.annotate(held=Count("deals")).order_by("position", "pk")
    return render(request, "deals/pipeline.html", {"pipeline": found, "form": form, "stages": stages})


@require_POST
@allow("settings.edit")
def stage_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the stages in the order that was dragged (`order`: ids with commas)."""
    found: Pipeline = get_object_or_404(Pipeline, pk=pk)
    order = [int(each) for each in request.POST.get("order", "").split(",") if each.isdecimal() and len(each) < 19]
    actions.order_stages(pipeline=found, order=order, by=user_of(request))
    return HttpResponse(status=204)


@require_POST
@allow("settings.edit")
def stage_add(request: HttpRequest, pk: int) -> HttpResponse:
    """One more stage at the end."""
    found: Pipeline = get_object_or_404(Pipeline, pk=pk)
    form = StageForm(request.POST)
    if form.is_valid():
        try:
            actions.add_stage(pipeline=found, **form.cleaned_data, by=user_of(request))
        except actions.NameTaken:
            form.add_error("name", _("This pipeline has a stage of this name."))
    return _back(request, pk, form)


@require_POST
@allow("settings.edit")
def stage_change(request: HttpRequest, pk: int) -> HttpResponse:
    """A stage's name and chance."""
    stage: Stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    form = StageForm(request.POST)
    if form.is_valid():
        try:
            actions.change_stage(stage=stage, **form.cleaned_data, by=user_of(request))
        except actions.NameTaken:
            form.add_error("name", _("This pipeline has a stage of this name."))
    return _back(request, stage.pipeline_id, form)


@require_POST
@allow("settings.edit")
def stage_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete an empty stage."""
    stage: Stage = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    try:
        actions.delete_stage(stage=stage, by=user_of(request))
    except actions.StageInUse as refusal:
        words = ngettext("It holds %(n)s deal.", "It holds %(n)s deals.", refusal.deals) % {"n": refusal.deals}
        messages.error(request, words if refusal.deals else _("A pipeline needs a stage."))
    return redirect("deals:pipeline", stage.pipeline_id)


def _back(request: HttpRequest, pk: int, form: StageForm) -> HttpResponse:
    """To the pipeline's page, with what was wrong."""
    for errors in form.errors.values():
        for error in errors:
            messages.error(request, str(error))
    return redirect("deals:pipeline", pk)
