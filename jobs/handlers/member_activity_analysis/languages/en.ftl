# The words of the member analysis. docs/languages.md tells how another language is added.

title = Member Analysis

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
field-include_reactions = Include reactions
    .description = Count reactions given.
field-generate_report = Generate report
    .description = Make chart and table, besides the summary.
field-compare = Compare
    .description = Compare with the period before.
field-inactive_messages = Inactive messages
    .description = Inactive is who wrote at most so many messages,
field-inactive_voice_minutes = Inactive voice minutes
    .description = and was in voice for at most so many minutes,
field-inactive_reactions = Inactive reactions
    .description = and gave at most so many reactions,
field-grace_days = Grace days
    .description = and joined at least so many days ago,
field-exempt_roles = Exempt roles
    .description = and has none of these roles.

## The report

range = { $start } to { $end }
active = **{ $active }** of { $members } members were active
active-unknown = What the { $members } members did in this time is not known
messages = **{ $n }** { $n ->
    [one] message
   *[other] messages
}
voice = **{ $hours } h** in voice
reactions = **{ $n }** { $n ->
    [one] reaction
   *[other] reactions
}
hours = { $hours } h
busiest = Busiest: { $weekday } { $hour }
silent = { $n } showed no activity
joined = { $n } joined
gone = { $n } left
left = { $n ->
    [one] 1 active member has left since
   *[other] { $n } active members have left since
}
top-members = Top members, by { $of }
unreadable = { $unreadable } of { $channels } channels could not be read.
unreadable-these = { $unreadable } of { $channels } channels could not be read: { $names }.
unreadable-among = { $unreadable } of { $channels } channels could not be read, among them { $names }.
alone = It is about channels that are gone, or that not everyone here may see. Whoever asked can see what was found with `/job status` and Download.
none-left = None of the channels asked for is left: they are gone, archived or left out. Start it anew with others.
unsure = { $n } had opted out before, or had it erased; what they did until then is not known.
nothing-counted = Nothing was counted in this time, in what I could see.
nothing-known = Nothing is known of this time, which does not mean that nobody was active.
too-little-known = Too little is known of this time to call anybody inactive.
time-zone = Days and hours are those of { $zone }.
voice-unknown = Voice is not known: I was not there to see it.
voice-since = Voice is known since { $day }.
voice-share = Voice is known for { $share } % of the time; I was away for the rest.
returning = { $n } came back after a break
newcomers = Newcomers still active: { $kept }
kept = { $kept } of { $of } after { $days } days
inactive = { $n ->
    [one] 1 is
   *[other] { $n } are
} inactive, { $never } of them never seen
concentration-messages = The most active tenth ({ $members }) wrote { $share } % of the messages
concentration-voice = The most active tenth ({ $members }) spent { $share } % of the time in voice
concentration-reactions = The most active tenth ({ $members }) gave { $share } % of the reactions

## The figures in the files, each with where it comes from

unknown = unknown
figure-members = Members
figure-active = Active members
figure-silent = Without activity
figure-unsure = Not known, for they had opted out or had it erased
figure-new = Joined
figure-new-active = Joined and active
figure-returning = Came back
figure-gone = Left
figure-left = Active and left since
figure-kept = Newcomers active after { $days } days
figure-kept-of = { $kept } of { $of }
figure-of = of { $of }
figure-messages = Messages
figure-voice = Hours in voice
figure-reactions = Reactions given
figure-concentration = Concentration
figure-busiest = Busiest hour
figure-inactive = Inactive
figure-never = Inactive and never seen
figure-exempt = Spared for their role
figure-grace = Spared for being new
source-members = The list of members as it is now, without bots; who joined and left again is not in it.
source-any = Whoever showed any of what was counted. How far each kind is known stands beside it.
source-messages = Seen as they were sent, and read back from the history of { $read } of { $channels } channels. What was deleted before I saw it is missing.
source-voice = Seen as it happened; nobody can read voice back.
source-voice-since = Seen as it happened, since { $day }: for { $share } % of the time. Nobody can read voice back.
reactions-unknown = Reactions are not known: I was not there to see them.
source-reactions = Seen as they were given; nobody can read back when that was.
source-reactions-since = Seen as they were given, since { $day }: for { $share } % of the time. Nobody can read back when that was.
source-unsure = They had opted out in a part of this time, or had it erased, and showed no activity in the rest.
source-returning = Active in this period and not in the one before, and no newcomers.
source-left = They were active and are not in the list of members any more.
source-compared = The periods are compared by { $of } alone; the rest is not known of both.
source-gone = Seen as they left; nobody can read that back. Who left and came back is among them.
source-gone-since = Seen as they left, since { $day }: for { $share } % of the time. Nobody can read that back.
source-kept = Of those whose day came in this period, who was active on it or later. Who is gone by now is counted if I saw them join.
source-exempt = They would be on the list but for a role that is spared.
source-grace = They would be on the list, but have not been here for { $n } days.
source-never = Nothing is kept of them, in any channel and from any time.
rules = Who { $rules }.
rule-messages = { $n ->
    [0] wrote nothing
   *[other] wrote at most { $n } messages
}
rule-voice = { $n ->
    [0] was not in voice
   *[other] was in voice for at most { $n } minutes
}
rule-reactions = { $n ->
    [0] gave no reactions
   *[other] gave at most { $n } reactions
}
rule-voice-unseen = Voice is known for { $share } % of the time; who was there in the rest can be on the list.
rule-both-unseen = Voice and reactions are known for { $share } % of the time; whoever did nothing else may have done that in the rest.
rule-reactions-unseen = Reactions are known for { $share } % of the time; who gave some in the rest can be on the list.
rule-grace = has been here for { $n } days
rule-roles = has none of { $n } spared roles
channel-gone = (gone)
member-left = (left)
kind-text = text
kind-announcement = announcements
kind-voice = voice
kind-stage = stage
kind-thread = thread
kind-forum = forum

## The workbook

sheet-summary = Summary
sheet-members = Members
sheet-channels = Channels
sheet-days = Days
sheet-hours = Hours
sheet-inactive-members = Inactive
sheet-coverage = Coverage
sheet-server = Server
sheet-first-day = First day
sheet-last-day = Last day
sheet-time-zone = Time zone
sheet-figure = Figure
sheet-value = Value
sheet-change = Change (%)
sheet-source = Where it comes from
sheet-what = What
sheet-from = From
sheet-until = Until
sheet-unreadable = A channel that could not be read
sheet-there = I was there to see
sheet-member-id = Member ID
sheet-channel-id = Channel ID
sheet-name = Name
sheet-joined = Joined
sheet-messages = Messages
sheet-voice-minutes = Voice (minutes)
sheet-voice-hours = Voice (hours)
sheet-reactions = Reactions
sheet-active = Active
sheet-last-active = Last active
sheet-inactive = Inactive
sheet-last-seen = Last seen ever
sheet-never-seen = Never seen
sheet-kind = Kind
sheet-everyone = Everyone sees it
sheet-readable = Readable
sheet-day = Day
sheet-weekday = Weekday
sheet-active-members = Active members
sheet-months = Earlier months
sheet-month = Month
sheet-joins = Joined
sheet-leaves = Left

## The page

page-language = en
page-figures = More figures
page-top-members = Top members by { $of }
page-top-channels = Top channels by { $of }
page-gone-quiet = Inactive members
page-never-seen = Never seen
page-first = The first { $shown } of { $all }; all are in the workbook and in the CSV files.
page-yes = yes
page-no = no
page-unknown = unknown
page-known = How far each kind of activity is known stands at its figure above.
page-months = Earlier months
page-months-note = What each member did before { $day } is not kept any more. These sums of the months (UTC) are what is left of it.
page-more-stretches = and { $n } more times; all are in the workbook
page-never-there = I was not there in this time; what is counted was read back.
page-made = As of { $at }.

## The chart, in its own letters: no emoji

chart-title = Member activity
chart-server = This server
chart-by-day = By day
chart-hours = hours in voice
chart-messages = messages
chart-reactions = reactions
chart-members = active members
chart-hours-by-weekday = Hours in voice, by weekday and hour
chart-messages-by-weekday = Messages, by weekday and hour
chart-reactions-by-weekday = Reactions, by weekday and hour
chart-weekend = weekend
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
stored-channel-of = { $name } ({ $number } of { $of })
stored-may-not = The person who asked for this may not start it here any more, so I stopped.
stored-not-kept = What members did then is not kept any more. Start it anew with { $first } as the first day.
stored-not-kept-but-sums = What members did then is not kept any more. Start it anew with { $first } as the first day; the sums by month that are left of the time before are in its page and workbook.
stored-no-server = I am not in this server any more. Invite me again, then press Retry.
stored-no-members = Discord hides the member list from me. Switch on the Server Members intent, then press Retry.
stored-not-begun = This time has not begun yet. Choose a first day that has, and start it anew.
stored-in-order = the end date is before the start date
stored-too-long = at most { $days } days can be analysed at once
stored-nothing-included = include messages, voice time or reactions
stored-no-zone = { $zone } is no time zone; give one like Europe/Berlin
