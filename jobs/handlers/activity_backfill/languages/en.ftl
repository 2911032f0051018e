# The words of the backfill. docs/languages.md tells how another language is added.

title = Activity Backfill

## Questions of its form

field-channels = Channels
    .description = Only these channels and their threads; empty for all.
field-without_channels = Without channels
    .description = All but these channels and their threads.
field-archived_threads = Archived threads
    .description = Read archived threads too.

## The report

messages = **{ $n }** messages of people are known from history
places =
    { $channels ->
        [one] 1 channel
       *[other] { $channels } channels
    } · { $threads ->
        [one] 1 thread
       *[other] { $threads } threads
    }
oldest = The oldest is from { $day }
unreadable = { $unreadable } of { $of } channels and threads could not be read.
unreadable-among = { $unreadable } of { $of } channels and threads could not be read, among them { $names }.
alone = It is about channels that are gone, or that not everyone here may see. Whoever asked can see what was found with `/job status`.
not-kept = What is older than { $day } is not kept, so it was not read.

## Written down in English while it runs: the same as in the code

stored-looking = Looking for threads
stored-reading-history = Reading history
stored-threads = threads
stored-days = days of history
stored-private = a private channel
stored-channel-of = { $name } ({ $number } of { $of })
stored-may-not = The person who asked for this may not start it here any more, so I stopped.
stored-no-server = I am not in this server any more. Invite me again, then press Retry.
stored-not-begun = The first day has not begun yet. Choose an earlier one, or none.
stored-no-zone = { $zone } is no time zone; give one like Europe/Berlin
