# The words of the member analysis. docs/languages.md tells how another language is added.

title = Member Analysis
description = Who was active, where and when: totals, top members, charts and a table.

## Questions of its form

field-channels = Channels
    .description = Only these channels; empty for all.
field-without_channels = Without channels
    .description = All but these channels.
field-roles = Roles
    .description = Only members with one of these roles; empty for all.
field-without_roles = Without roles
    .description = All but members with one of these roles.
field-include_voice_time = Include voice time
    .description = Count the time spent in voice.
field-include_message_count = Include message count
    .description = Count messages.
field-generate_report = Generate report
    .description = Make chart and table, besides the summary.
field-compare = Compare
    .description = Compare with the period before.

## The report

range = { $start } to { $end }
active = **{ $active }** of { $members } members were active
active-change = **{ $active }** of { $members } members were active ({ $change } %)
messages = **{ $n }** messages
voice = **{ $hours } h** in voice
hours = { $hours } h
busiest = Busiest: { $weekday } { $hour }
silent = { $n } showed no activity
joined = { $n } joined
left = { $n } active members have left since
top-members = Top members, by messages
unreadable = { $unreadable } of { $channels } channels could not be read.
unreadable-these = { $unreadable } of { $channels } channels could not be read: { $names }.
unreadable-among = { $unreadable } of { $channels } channels could not be read, among them { $names }.
alone = It is about channels that not everyone here may see. Whoever asked can see what was found with `/job status` and Download.
unsure = { $n } had opted out before; what they did until then is not known.
nothing-known = Nothing is known of this time, which does not mean that nobody was active.
time-zone = Days and hours are those of { $zone }.
voice-unknown = Voice is not known: I was not there to see it.
voice-since = Voice is known since { $day }.
voice-share = Voice is known for { $share } % of the time; I was away for the rest.

## The chart, in its own letters: no emoji

chart-title = Member activity
chart-server = This server
chart-by-day = By day
chart-hours = hours in voice
chart-messages = messages
chart-members = active members
chart-hours-by-weekday = Hours in voice, by weekday and hour
chart-messages-by-weekday = Messages, by weekday and hour
chart-nothing = no data

## Written down in English while it runs: the same as in the code

stored-reading-members = Reading members
stored-reading-history = Reading history
stored-counting = Counting
stored-drawing = Drawing charts
stored-members = members
stored-days = days of history
stored-files = files
stored-private = a private channel
stored-may-not = The person who asked for this may not start it here any more, so I stopped.
stored-no-server = I am not in this server any more. Invite me again, then press Retry.
stored-no-members = Discord hides the member list from me. Switch on the Server Members intent, then press Retry.
stored-in-order = the end date is before the start date
stored-too-long = at most { $days } days can be analysed at once
stored-nothing-included = include messages, voice time or both
stored-no-zone = { $zone } is no time zone; give one like Europe/Berlin
