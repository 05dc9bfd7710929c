"""The JSON bodies of comments. Limits: apps/comments/services.py."""

from typing import Any

from rest_framework import serializers


class CommentText(serializers.Serializer[Any]):
    text = serializers.CharField(
        trim_whitespace=False, help_text="Markdown, ≤ 10,000 characters; `@name` mentions a member of the team."
    )


class NewComment(CommentText):
    panel = serializers.IntegerField(
        required=False, min_value=1, help_text="Which panel it is about, from 1; without it, the whole report."
    )
    version = serializers.IntegerField(
        required=False,
        min_value=1,
        help_text="Published version; without it the newest, the draft where there is none.",
    )
    replies_to = serializers.CharField(required=False, help_text="The id of a comment, whose thread this belongs to.")


class Resolved(serializers.Serializer[Any]):
    resolved = serializers.BooleanField(default=True, help_text="false opens the thread again.")


class CommentedPanel(serializers.Serializer[Any]):
    number = serializers.IntegerField(help_text="In the text that the comment was made on.")
    kind = serializers.CharField()
    title = serializers.CharField()
    keys = serializers.ListField(child=serializers.CharField())


class CommentLine(serializers.Serializer[Any]):
    id = serializers.CharField()
    url = serializers.CharField()
    replies_to = serializers.CharField(allow_null=True, help_text="The comment that began its thread.")
    author = serializers.CharField()
    text = serializers.CharField()
    mentions = serializers.ListField(child=serializers.CharField())
    panel = CommentedPanel(allow_null=True)
    version = serializers.IntegerField(allow_null=True, help_text="Made on this published version; null: on the draft.")
    revision = serializers.IntegerField()
    created_at = serializers.IntegerField(help_text="ms since epoch UTC.")
    edited_at = serializers.IntegerField(allow_null=True, help_text="ms since epoch UTC.")
    resolved_at = serializers.IntegerField(allow_null=True, help_text="ms since epoch UTC; of the thread.")
    resolved_by = serializers.CharField(allow_null=True)


class CommentList(serializers.Serializer[Any]):
    comments = CommentLine(many=True)
