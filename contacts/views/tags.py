"""Tags: on how many contacts each is; renaming, merging, deleting."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import Count
from django.db.models.functions import Lower
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from contacts.actions.tags import InvalidTag, TagTaken, delete_tag, merge_tags, rename_tag
from contacts.models import ContactTag, Tag
from contacts.paging import Order, take_page
from contacts.permissions import allow, user_of

BY_NAME = Order("name", "Name", by=Lower("name"))


@require_safe
@allow("contacts.view")
def tag_overview(request: HttpRequest) -> HttpResponse:
    """All tags, by name, with the number of contacts."""
    words = request.GET.get("q", "").strip()
    tags = Tag.objects.filter(name__icontains=words) if words else Tag.objects.all()
    page = take_page(tags, BY_NAME, after=request.GET.get("after", ""), before=request.GET.get("before", ""))
    counts = dict(
        ContactTag.objects.filter(tag__in=[tag.pk for tag in page.rows])
        .order_by()
        .values_list("tag_id")
        .annotate(Count("pk"))
    )
    context = {"tags": [(tag, counts.get(tag.pk, 0)) for tag in page.rows], "page": page, "words": words, "tab": "tags"}
    return render(request, "contacts/tags/overview.html", context)


@allow("lists.edit")
def tag_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename a tag. A name that another tag has leads to the question whether to merge."""
    tag = get_object_or_404(Tag, pk=pk)
    name, error, other = request.POST.get("name", tag.name), "", None
    if request.method == "POST":
        try:
            rename_tag(tag=tag, name=name, by=user_of(request))
        except InvalidTag:
            error = _("A tag has 1 to 100 visible characters.")
        except TagTaken:
            other = Tag.objects.get(name__iexact=" ".join(name.split()))
            error = _("There is a tag of this name. You can merge the two below.")
        else:
            messages.success(request, _("Saved"))
            return redirect("contacts:tags")
    context = {
        "tag": tag,
        "name": name,
        "error": error,
        "other": other,
        "contacts": ContactTag.objects.filter(tag=tag).count(),
        "others": Tag.objects.exclude(pk=pk).order_by(Lower("name"))[:1000],
    }
    return render(request, "contacts/tags/tag.html", context)


@require_POST
@allow("lists.edit")
def tag_merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Merge a tag into another (`into`)."""
    tag = get_object_or_404(Tag, pk=pk)
    into = request.POST.get("into", "")
    other = get_object_or_404(Tag, pk=int(into) if into.isdecimal() and len(into) < 19 else 0)
    touched = merge_tags(tag=tag, into=other, by=user_of(request))
    words = ngettext(
        "“%(old)s” is now “%(tag)s” on %(n)d contact.", "“%(old)s” is now “%(tag)s” on %(n)d contacts.", touched
    )
    messages.success(request, words % {"old": tag.name, "tag": other.name, "n": touched})
    return redirect("contacts:tags")


@require_POST
@allow("lists.edit")
def tag_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a tag."""
    tag = get_object_or_404(Tag, pk=pk)
    touched = delete_tag(tag=tag, by=user_of(request))
    words = ngettext(
        "“%(tag)s” is deleted; %(n)d contact had it.", "“%(tag)s” is deleted; %(n)d contacts had it.", touched
    )
    messages.success(request, words % {"tag": tag.name, "n": touched})
    return redirect("contacts:tags")
