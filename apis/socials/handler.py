"""The operations of the socials API. Whose they are comes from the token; there is no athlete parameter."""

from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from apis.serving.errors import IdempotencyKeyReused, NotFound
from apis.serving.openapi_document import answers
from apis.serving.resolver import IdempotencyKey, caller_of, created, new_resolver
from apis.serving.store import Item, Store
from apis.socials.models import (
    ActivitySocial,
    ClubList,
    CommentAdded,
    CommentDraft,
    Feed,
    FeedEntry,
    Kudo,
    KudosGiven,
)
from apis.socials.reactions import Reactions
from apis.socials.records import comments_of, kudos_of, own_clubs, visible_post

ActivityId = Annotated[str, Path(max_length=128)]
DryRun = Annotated[bool, Query(description="check everything, write nothing")]


def build_resolver(store: Store, reactions: Reactions) -> APIGatewayRestResolver:
    """Makes the resolver; ``resolver.resolve`` is the Lambda handler."""
    app = new_resolver(title="Socials")
    _add_reading(app, store)
    _add_writing(app, reactions)
    return app


def _add_reading(app: APIGatewayRestResolver, store: Store) -> None:
    @app.get("/clubs", summary="The athlete's clubs")
    def list_clubs() -> ClubList:
        return ClubList(clubs=tuple(own_clubs(store, caller_of(app))))

    @app.get("/feed", summary="The athlete's own recent activities")
    def list_feed(*, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Feed:
        owner = caller_of(app).partition
        page = store.query(owner, ("POST#", "POST#~"), desc=True, limit=limit, cursor=None)
        return Feed(activities=tuple(_entry(store, item) for item in page.items))

    @app.get(
        "/activities/<activity_id>/social", summary="Kudos and comments of an activity", responses=answers(NotFound)
    )
    def get_activity_social(activity_id: ActivityId) -> ActivitySocial:
        visible_post(store, caller_of(app), activity_id)
        kudos = kudos_of(store, activity_id)
        return ActivitySocial(
            activity_id=activity_id,
            kudos_count=len(kudos),
            kudos=tuple(Kudo(athlete=item.doc["athlete"]) for item in kudos),
            comments=tuple(comments_of(store, activity_id)),
        )


def _entry(store: Store, item: Item) -> FeedEntry:
    activity_id = item.doc["activity_id"]
    return FeedEntry(
        **item.doc,
        kudos_count=len(kudos_of(store, activity_id)),
        comment_count=len(comments_of(store, activity_id)),
    )


def _add_writing(app: APIGatewayRestResolver, reactions: Reactions) -> None:
    @app.post(
        "/activities/<activity_id>/kudos", summary="Give kudos", responses=answers(NotFound, IdempotencyKeyReused)
    )
    def give_kudos(
        activity_id: ActivityId, *, dry_run: DryRun = False, idempotency_key: IdempotencyKey = None
    ) -> KudosGiven:
        return reactions.give_kudos(caller_of(app), activity_id, key=idempotency_key, dry_run=dry_run)

    @app.post(
        "/activities/<activity_id>/comments",
        summary="Write a comment",
        responses=answers(NotFound, IdempotencyKeyReused, statuses=(HTTPStatus.OK, HTTPStatus.CREATED)),
    )
    def add_comment(
        activity_id: ActivityId,
        draft: Annotated[CommentDraft, Body()],
        *,
        dry_run: DryRun = False,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[CommentAdded]:
        added = reactions.add_comment(caller_of(app), activity_id, draft.text, key=idempotency_key, dry_run=dry_run)
        return created(added, dry_run=dry_run)
