# What Errand says, in English. docs/languages.md tells how another language is added.
# Names in braces, like { $name }, are put in when it is said. Keep them, `code` and *stars* as they are.

language-name = English

## Days, durations and ages

date = { $day } { $month }
date-of-year = { $day } { $month } { $year }
duration-d = { $n } d
duration-h = { $n } h
duration-min = { $n } min
duration-s = { $n } s
ago = { $duration } ago
just-now = just now
# The end of a list that was cut.
more-lines = … and { $rest } more

## States, as lists show them

state-waiting = waiting
state-delayed = delayed
state-blocked = blocked
state-active = active
state-paused = paused
state-completed = completed
state-failed = failed
state-cancelled = cancelled

## Cards

card-paused = Paused
card-confirm = Please confirm
card-completed = Completed
card-failed = Failed
card-cancelled = Cancelled
card-attempt = attempt { $attempt } of { $most }
operator = the operator
card-asked-by = asked by { $user }

queued-next = Queued, next in line.
queued-start = Starts in about { $duration }.
queued-place =
    Queued, { $place }{ $ordinal ->
        [one] st
        [two] nd
        [few] rd
       *[other] th
    } in line.
delayed-retry = Attempt { $attempt } of { $most } starts { $when }, after: { $reason }
delayed-reason = Goes on { $when }: { $reason }
delayed-start = Starts { $when }.
blocked-by = Starts after { $jobs } is done.
blocked-by-one = Starts after another job is done.

active-stuck = It does not stop by itself; the next job was given its place. The operator has been told.
active-stopping = Stopping after the current step.
active-starting = Starting.
active-stage = stage { $stage } of { $stages }
active-share = { $done } of { $total }
active-so-far = { $amount } so far
active-ok = { $n } counted
active-skipped = { $n } skipped
active-failed = { $n } failed
active-restarted = The bot restarted; went on at { $place }.
active-restarted-of = The bot restarted; went on at { $place } of { $total }.
active-retried = Attempt { $attempt } of { $most }, after: { $reason }
active-spent = { $duration } so far
active-waiting = Discord asked us to wait { $duration }
active-left = about { $duration } left in this stage

paused-plain = Paused.
confirm-until = Without a confirmation it ends { $when }. Nothing is changed before.
completed-plain = Done.
completed-took = took { $duration }
completed-kept = Result from { $when }.
failed-plain = It failed.
failed-tried = It was tried { $times } times.
failed-next = Press { button-retry } when that is mended; it goes on from there.
cancelled-plain = Cancelled.
come-to = It had come to: { $stage }.
come-to-share = It had come to: { $stage }, { $percentage } %.

## What the requester alone is told

another-runs = A { $title } is { $doing } here: { $where }. Yours is next in line.
another-runs-place =
    A { $title } is { $doing } here: { $where }. Yours is { $place }{ $ordinal ->
        [one] st
        [two] nd
        [few] rd
       *[other] th
    } in line.

## Buttons

button-cancel = Cancel
button-pause = Pause
button-resume = Resume
button-retry = Retry
button-undo = Undo
button-download = Download
button-run-again = Run again
button-inactive = Inactive (CSV)
button-give-role = Give role…
button-weekly = Schedule weekly
button-refresh = Refresh
button-cancel-now = Stop it
button-undo-now = Take it back
button-keep = Leave it
confirm-changes =
    { $n ->
        [one] Confirm 1 change
       *[other] Confirm { $n } changes
    }
confirm-list = List (CSV)
confirm-cancel = Stop { $title } `{ $job }`? What it has done until now stays.
confirm-undo = Take back what { $title } `{ $job }` did? What somebody has changed since stays.
confirm-kept = Left as it is.
confirm-form = Please confirm
confirm-type = Type { $n } to confirm
confirm-press-again = That took too long. Press the button again.
confirm-wrong-number = That is not { $n }, so nothing was changed. Press the button again.
confirm-only-they = Only { $user }, who asked for it, can confirm it.
confirm-another = This is not what is asked any more. Look at the message again, then press.
confirm-not-asked = `{ $id }` waits for no confirmation; it is { $state }.
confirm-late = It can not be confirmed any more. Run it again to see what it would do now.
list-gone = This list is not kept any more. Use `/job list` again.

## Progress messages

goes-on-from = Goes on from [the earlier message]({ $link }).
goes-on-anew = This message ends here. It goes on in [a new one]({ $link }).
goes-on-in-direct = This answer ends here. It goes on in [a direct message]({ $link }).
cannot-go-on = I cannot write to you directly. From here on, `/job status id:{ $job }` shows it.
said-completed = { $user } Your { $title } is done.
said-failed = { $user } Your { $title } failed. The message above says why.
said-paused = { $user } Your { $title } is paused. The message above says why.
said-asks = { $user } Your { $title } waits for you to confirm it.
said-cancelled = { $user } Your { $title } was cancelled.

## What the engine and the bot write down in English and is shown later. Found by the English text: it has to be
## the same as in the code.

stored-card-title = Job Progress
stored-no-answer = Discord did not answer.
stored-refused = Discord refused to show me something this job needs. Check my permissions, then press Retry.
stored-not-there = Something this job needs is not there any more.
stored-something-wrong = Something went wrong inside this job.
stored-no-database = The database could not be written.
stored-timed-out = It took longer than { $seconds } seconds.
stored-stalled = It made no progress for { $seconds } seconds.
stored-process-ended = The process ended while the job ran.
stored-crashed = The bot ended { $crashes } times while this job ran, each time at the same place.
stored-bot-restarted = The bot restarted.
stored-damaged = What this job was asked to do cannot be read: its row in the database is damaged. Ask for it again.
stored-unstorable = What this job ended with could not be stored. What it did is done.
stored-resumed-before = Resumed before it had paused.
stored-no-handler = No handler for { $type } is installed.
stored-cancelled-itself = The job cancelled itself.
stored-no-task = No task { $task } is installed.
stored-no-result = The result of { $job }, which this job needs, is damaged.
stored-not-started = It could not start in time.
stored-parent-before = A job that it was to wait for failed or was cancelled before.
stored-parent-failed = It waited for { $job }, which failed.
stored-parent-cancelled = It waited for { $job }, which was cancelled.
stored-operator = Cancelled by the operator.
stored-removed = I was removed from this server.
stored-outage = Discord cannot reach this server at the moment.
stored-cancelled-by = Cancelled by { $name }.
stored-cancelled-by-for = Cancelled by { $name }: { $reason }
stored-paused-by = Paused by { $name }.
stored-paused-by-for = Paused by { $name }: { $reason }
stored-type-paused-by = These jobs were paused by { $name }.
stored-type-paused-by-for = These jobs were paused by { $name }: { $reason }
stored-all-paused-by = All jobs here were paused by { $name }.
stored-all-paused-by-for = All jobs here were paused by { $name }: { $reason }
stored-paused-by-operator = Paused by the operator.
stored-jobs-held = The jobs of this server are paused.
stored-type-gone = This job type is not there any more.
stored-owner-gone = Whoever made it may not start this here any more.
stored-health-store = The store does not answer: { $error }
stored-health-store-do = Look at its disk and its rights.
stored-health-full = The queue is { $share } % full.
stored-health-full-do = Raise its limit or its concurrency.
stored-health-waiting = { $n } jobs wait.
stored-health-waiting-do = Raise the concurrency.
stored-health-failed = { $n } attempts failed in the last hour.
stored-health-failed-do = Look at their errors.
stored-health-old = A job has waited for { $minutes } minutes.
stored-health-old-do = Look at limits and pauses.
stored-health-loop = The event loop was { $late } s late.
stored-health-loop-do = Find what blocks it.
stored-health-stuck = { $n } jobs do not stop; their places were given to others.
stored-health-stuck-do = Look at what their handlers wait for; a restart ends them.
stored-health-unknown = Nobody handles: { $types }.
stored-health-unknown-do = Install these job types, or cancel their jobs.
stored-health-paused = { $what } is paused: { $reason }
stored-health-paused-do = Resume it when that is over.

## Answers to a person alone

in-a-server = Use this command in a server.
may-not = You may not use this command here.
reload = This command has changed. Reload Discord (Ctrl+R), then type it again.
went-wrong = Something went wrong on my side. The operator can find it under `{ $code }`.
not-here-any-more = Somebody or something that you named is not here any more. Choose it from the list.
no-database = My database does not answer now. Nothing was started or changed; please tell the operator.
restarting = I am restarting. Nothing was started; try again in a minute.

## Who may do what

administrators-or-role = Only administrators, or a role allowed with `/queue access`, can start this here.
administrators-only = Only administrators can do this here.
operator-only = Only the operator of this bot can do this.
server-unseen = I cannot see this server at the moment. Try again in a minute; if that does not help, invite me again.
bot-left = I am not in that server any more.
caller-left = You are not in that server any more.
job-elsewhere = This job is another server's.
only-they = Only { $user } and administrators can do that.
only-administrators = Only administrators can do that.
no-job = There is no job `{ $id }` here.

## What was done to a job, and why it cannot be done

cancelled-new = `{ $id }` is cancelled. It had not begun, so nothing was done.
cancelled-begun = `{ $id }` is cancelled. What it had done until then stays.
cancel-asked = `{ $id }` is asked to stop after the current step. Its message says what was done.
ended-already = `{ $id }` has already ended.
stopping-already = `{ $id }` is being stopped already.
paused-already = `{ $id }` is already paused.
pauses = `{ $id }` pauses after the current step and keeps its place. `/job resume` goes on.
paused-now = `{ $id }` is paused and keeps its place. `/job resume` goes on.
not-paused = `{ $id }` is not paused; it is { $state }.
goes-on = `{ $id }` goes on where it stopped.
retried = `{ $id }` is tried again and goes on where it stopped.
unfinished-already = The same job is unfinished already. `/job list` shows it.
payload-damaged = What `{ $id }` was asked for cannot be read any more. Start it anew with `/async-job`.
not-again = `{ $id }` is { $state }; only a failed or cancelled job can be tried again.
job-gone = This job is not kept any more.
button-gone = This button is from another version of me. Use `/job status`.
not-ended = `{ $id }` is { $state }. Wait for its end, or cancel it.
no-undo = { $title } cannot be taken back.
no-files = There are no files of this job: it made none, or they are not kept any more; then run it again.
files-gone = The files of this job are not kept any more. Run it again to have them.
files-not-yours = Only administrators, or a role that may start this with `/queue access`, can have its files.
files-too-large = Too large for Discord: { $names }. The operator has them.

## Lists of jobs

jobs-title = Jobs
jobs-none = There are no jobs here yet. Start one with `/async-job`.
jobs-none-fit = No job here fits that.
no-state = There is no such state. Choose one of: { $states }.
page = Page { $n }
page-newer = Newer
page-older = Older
open-one = Open one
job-message = Its message: { $link }
job-log = Log of { $id }
job-log-empty = This job has written no lines.

## Starting a job

no-type = There is no such job type. Choose one from the list.
no-days = { $title } has no days to choose. Leave `start` and `end` out.
no-covered-days = { $title } covers no days. Leave `days` out.
no-end-day = { $title } always goes up to now. Leave `end` out.
no-channel-option = { $title } takes no channel. Leave `channel` out.
no-role-option = { $title } takes no role. Leave `role` out.
not-this-way = { $title } cannot be started this way: { $problems }.
queue-full-minutes = The queue is full ({ $limit } jobs). Try again in about { $minutes } minutes.
queue-full-minute = The queue is full ({ $limit } jobs). Try again in about a minute.
queue-full = The queue is full ({ $limit } jobs). Try again later.
too-fast = You have asked for { $limit } jobs within a minute. Try again in { $wait } s.
own-limit = You have { $count } unfinished jobs here, the most you may have: { $named }. Wait for one, or cancel one.
guild-limit = This server has { $count } unfinished jobs, the most it may have. Try again when one has ended.
the-same = The same { $title } is already { $doing } here: { $place }, started by { $user }.
doing-active = running
doing-in-line = in line
see-it = see it
held = Jobs are paused in this server: { $reason } `/queue resume` lets them go on.
held-type = These jobs are paused in this server: { $reason } `/queue resume` lets them go on.
out-of-reach = Discord cannot reach this server at the moment. Its jobs go on by themselves when that is over.

## /queue

queue-here = Jobs of this server
queue-everywhere = Jobs of all servers
queue-jobs =
    { $n ->
        [one] 1 job
       *[other] { $n } jobs
    }
queue-jobs-failed = { queue-jobs }, { $failed } failed
queue-rate = { $rate } a minute
queue-failed-share = { $share } % failed
queue-each = { $duration } each
queue-cached = { $share } % from the cache
queue-last-hour = in the last hour: { $figures }
health-title = Health
health-healthy = ✅ All is well.
health-degraded = ⚠️ Slower than it should be.
health-critical = ❌ Something is wrong.
health-told = The operator is shown what to do about it.
health-backlog = { queue-jobs } in line · { $rate } a minute · { $late } s late
health-uptime = running for { $duration }
health-held = ⏸️ Jobs are paused in this server: { $reason }
health-held-type = ⏸️ { $title } is paused in this server: { $reason }
health-held-everywhere = ⏸️ { $title } is paused in all servers by the operator.
health-held-all = ⏸️ Everything is paused in all servers by the operator.
queue-paused-already = That is paused already: { $reason }
queue-paused-everywhere = Jobs: no new one starts in any server. `/queue resume everywhere:True` ends that.
queue-paused-everywhere-type = { $title }: no new one starts in any server. `/queue resume everywhere:True` ends that.
queue-held = { queue-jobs } held, and no new one starts here. `/queue resume` lets them go on.
queue-nothing-paused = Nothing is paused here. A single job is let go with `/job resume`.
queue-type-not-paused = { $title } is not paused here.
queue-not-whole = All jobs are not paused here, but these are: { $titles }. Give their `type`.
queue-resumed-everywhere = Jobs start in all servers again.
queue-resumed-everywhere-type = { $title } start in all servers again.
queue-freed =
    { $n ->
        [one] 1 job goes on; new ones can be started.
       *[other] { $n } jobs go on; new ones can be started.
    }
access-give-both = Give both a `type` from the list and a `role`, or neither to see who may start what.
access-was-not = { $role } was not allowed to start { $title } here.
access-taken = { $role } may not start { $title } here any more.
access-given =
    { $role } may start { $title } here now. Discord shows `/async-job` to administrators alone at first. To show it to that role: Server Settings → Integrations → me → `/async-job` → Add Roles.
access-title = Who may start what
access-administrators = administrators

## /schedule

schedules-title = Schedules
schedules-none = There are no schedules here yet. Make one with `/schedule add`.
schedules-too-many = This server has { $most } schedules, the most it may have. Remove one first.
schedule-added = { $title } runs { $when } ({ $zone }), first { $first }, with its card in { $place }. Its id is `{ $id }`.
scheduled-already = The same runs { $when } already, with its card in { $place }. Its id is `{ $id }`; `/schedule remove` ends it.
schedule-unreadable = I cannot read when that is. Give `daily 09:00`, `weekly monday 09:00`, `monthly 1 09:00`, or a cron expression like `0 9 * * 1`.
schedule-too-often = That is more often than once an hour. Choose a longer pause.
schedule-other-type = `{ $id }` is a { $title }. Choose a job of the same type to repeat.
schedule-needs-more = { $problem } Run it once with `/async-job`, then give that job as `like`.
schedule-unknown = There is no schedule `{ $id }` here.
schedule-rests = `{ $id }` rests. `/schedule resume` wakes it.
schedule-rests-already = `{ $id }` rests already.
schedule-not-paused = `{ $id }` is not paused.
schedule-resumed = `{ $id }` runs next { $when }.
schedule-not-now = `{ $id }` cannot run now. { $why }
schedule-ran = `{ $job }` is in line; its card comes to { $place }.
schedule-removed = `{ $id }` is removed. Its jobs stay.
schedule-next = next { $when }
schedule-stopped = { $title } does not run { $when } any more: { $user }, who made it, may not start it here now. An administrator takes it over with `/schedule resume`.

## /activity

inactive-list = { $members } inactive members, { $never } of them never seen. `/activity keep report:{ $job }` keeps the list under a name, to use it later.
no-inactive-list = `{ $id }` has no list of inactive members: nothing was known of its time, or no report was asked for.
list-kept = Kept as **{ $name }** (`{ $id }`): { $n } members, until { $until }.
list-line = **{ $name }** · { $n } members · made { $made } · kept until { $until } · `{ $id }`
list-no-name = A list needs a name.
list-of-nobody = Nobody is in that list; there is nothing to keep.
list-name-taken = There is a list { $name } here already. Choose another name, or forget that one with `/activity lists`.
list-unknown = There is no list { $name } here.
list-forgotten = { $name } is forgotten.
lists-too-many = This server keeps { $most } lists, the most it may have. Forget one with `/activity lists` first.
lists-none = No list is kept here. `/activity keep` keeps the inactive members of a report.
lists-title = Kept lists
inactive-title = Inactive members
inactive-unknown = I cannot tell yet who was inactive: { $unread } channels were not read back for these { $days } days. Use `/activity report start:{ $days }d` once; after it I know.
inactive-nothing-seen = I cannot tell who was inactive: I can read no channel here, and was not there to see enough. Give me *View Channel* and *Read Message History*, then ask again.
inactive-no-members = Discord hides the member list from me: the operator has to switch on the Server Members intent.
try-in-a-minute = Discord did not answer. Try again in a minute.
inactive-of = **{ $silent }** of { $people } members showed no activity in { $days } days.
inactive-more = { $named } and { $rest } more; all are in the file.
inactive-never = { $never } of them were never seen at all, for as long as I know.
inactive-joined = Who joined within that time is not among them.
inactive-unsure =
    { $n ->
        [one] 1 member
       *[other] { $n } members
    } had opted out within that time, or had it erased; of them I cannot tell.
inactive-unseen = Voice and reactions are known for { $share } % of that time; I was not there for the rest.
inactive-hidden = { $n ->
        [one] 1 channel is
       *[other] { $n } channels are
    } hidden from me; what was written there is not counted.
opted-out = You opted out: nothing of you is counted here.
counted-of-you =
    In the last { $days } days I counted { $messages ->
        [one] 1 message
       *[other] { $messages } messages
    } of yours, { $voice } in voice and { $reactions ->
        [one] 1 reaction
       *[other] { $reactions } reactions
    }. What happened while I was not here is not in it.

## /privacy

erase-button = Erase it
count-me-button = Count me again
opted-out-now-here = From now on I count nothing of you in this server, and no new report here names you.
opted-out-now-everywhere = From now on I count nothing of you in any server, and no new report names you.
opted-out-before-here = You had opted out already: I count nothing of you in this server, and no new report here names you.
opted-out-before-everywhere = You had opted out already: I count nothing of you in any server, and no new report names you.
opted-out-keep = Shall what I have counted until now be erased too? Kept, it is shown to nobody unless you want to be counted again.
opted-in = I count your messages and time in voice again from { $when } on. What happened in between stays uncounted.
opted-out-everywhere = You opted out of all servers, in a direct message. Use `/privacy opt-out back:True` there.
counted-already = You had not opted out: I count you.
exported-here = This is what I keep of you in this server. Only you see this message.
exported-everywhere = This is what I keep of you in all servers.
export-too-large = What I keep of you is too large for a message of Discord. Use `/privacy export` in one server at a time.
erase-here = Erase what I keep of you in this server? Your counts go, your lines in tables and reports, and your name where jobs have found something about you. It cannot be taken back, and old messages are not counted again. You stay counted from now on; `/privacy opt-out` ends that. Jobs that you asked for keep your name until they are deleted themselves.
erase-everywhere = Erase what I keep of you in all servers? Your counts go, your lines in tables and reports, and your name where jobs have found something about you. It cannot be taken back, and old messages are not counted again. You stay counted from now on; `/privacy opt-out` ends that. Jobs that you asked for keep your name until they are deleted themselves.
erase-other = Erase what I keep of { $user }, who is not in this server, here? Their counts go, their lines in tables and reports, and their name where jobs have found something about them. It cannot be taken back, and old messages are not counted again. Jobs that they asked for keep their name until they are deleted themselves.
erased =
    Erased: { $counts ->
        [one] 1 count
       *[other] { $counts } counts
    }, what { $jobs ->
        [one] 1 job
       *[other] { $jobs } jobs
    } had found, lines in { $rewritten ->
        [one] 1 file
       *[other] { $rewritten } files
    }, and { $deleted ->
        [one] 1 whole file
       *[other] { $deleted } whole files
    }.
erased-running =
    { $n ->
        [one] 1 job has not ended; it is cleared when it does.
       *[other] { $n } jobs have not ended; they are cleared when they do.
    }
erasing = It is being erased. That goes on by itself, also if I restart.
member-is-here = { $user } is in this server and can do that with `/privacy erase`.

## /setup and /help

setup-title = Setup
setup-chosen = Time zone { $zone } · language: { $language } · schedules write to { $place }
setup-place-added = the channel where it was added
setup-each-own = each reader's own
setup-invite = [Invite me again with all I need]({ $link })
setup-zone = Days are those of { $zone } from now on. Schedules made before keep their hours.
setup-language = New cards here are in { $language }.
setup-language-own = New cards here are in the language of whoever asks.
setup-channel = Schedules write to { $channel }.
setup-channel-none = Schedules write where they were added.
no-zone = There is no such time zone. Give one like `Europe/Berlin` or `Asia/Jakarta`.
channel-unseen = I cannot see that channel. Give me *View Channel* there, or choose another one.
channel-no-writing = I cannot write in { $channel }: I lack { $names }. Give them in its settings → Permissions.
check-may = I may read, write and attach files.
check-lacks = I lack { $names }. Give them to my role in Server Settings → Roles.
check-channel = In { $channel } I may do all I need.
check-channel-lacks = In { $channel } I lack { $names }. Give them in its settings → Permissions.
check-schedules = The channel of schedules: { $problem }
check-reads-all = I can read all { $n } channels.
check-hidden = { $hidden } of { $channels } channels { $hidden ->
        [one] is
       *[other] are
    } hidden from me: { $names }. Reports leave them out; give me *View Channel* and *Read Message History* there to have them counted.
check-no-roles = I cannot give roles: give my role *Manage Roles*, if role jobs are wanted.
check-roles-above = I can give roles below { $role }; { $n } stand above it. Move my role up in Server Settings → Roles to give those too.
check-roles = I can give every role.
check-members = I can read the member list.
check-no-members = I cannot read the member list: the operator has to switch on the Server Members intent.
# As Discord itself calls them.
permission-view_channel = View Channels
permission-send_messages = Send Messages
permission-send_messages_in_threads = Send Messages in Threads
permission-embed_links = Embed Links
permission-attach_files = Attach Files
permission-read_message_history = Read Message History
help-title = Help
help-what = I run long errands for this server and keep one message true until they are done.
help-start = `/async-job` starts one. Its message shows how far it is; its buttons pause, stop and repeat it.
help-jobs = `/job list` and `/job status` show what runs and what ran; `/job cancel`, `pause`, `resume` and `retry` steer it; `/job result`, `logs` and `undo` give its files, tell what it did and take it back.
help-privacy = `/privacy export` gives you all that I keep of you, `/privacy erase` erases it, `/privacy opt-out` ends that I count you.
help-activity = `/activity report` counts who was active, `/activity backfill` reads back what I did not see, `/activity inactive` names who was not, `/activity me` shows what I have counted of you.
help-administrators = For administrators: `/schedule add` lets a job come back by itself; `/queue pause` holds all jobs here, `/queue stats` and `health` tell how they stand, `/queue access` lets a role start them; `/setup check` tells what stands in my way here and how to mend it; `/setup timezone`, `language` and `channel` are this server's own.
help-counts = I count messages and minutes in voice. I never read what is written.

## Days that cannot be

days-turned = The end date is before the start date. Try `start: { $start } end: { $end }`.
days-too-many = That is { $days } days; at most { $most } can be analysed at once. Try `start: { $start }`.
days-not-kept = What members did is not kept for so long. The earliest day is `{ $earliest }`.
day-unreadable =
    I cannot read the { $option ->
        [start] start
       *[end] end
    } date. Give a day like `2026-10-01`, or `30d`, `today`, `yesterday`.
day-in-future =
    The { $option ->
        [start] start
       *[end] end
    } date is in the future. The latest day is today, `{ $latest }`.
day-too-early =
    The { $option ->
        [start] start
       *[end] end
    } date is before Discord began. The earliest day is `{ $earliest }`.

## Forms

form-yes = Yes
form-no = No
form-file-kept = Kept: { $name }. Leave it out, or choose another.
form-put-right = Your answers are kept: open the form again and put this right.
form-left =
    { $n ->
        [one] 1 more question.
       *[other] { $n } more questions.
    }
form-kept = Nothing is started yet. These answers are kept for an hour.
form-late = The form cannot open by itself any more, for I took longer than Discord waits. Open it with the button.
form-start = Start
form-discard = Discard
# Which questions: numbers like 6–10, or form-all.
form-open = Open the form…
form-answer = Answer { $which }…
form-correct = Correct { $which }…
form-change = Change { $which }…
form-all = the answers
form-discarded = Nothing was started.
form-gone = These answers are not kept any more. Use `/async-job` again.
form-others = These answers are somebody else's. Begin your own with `/async-job`.
type-gone = This job type is not there any more. Ask the operator.
asked-before = That was asked for already: `{ $job }`.
payload-too-large = That is { $size } bytes; a job takes { $limit }. Nothing was started; ask for less.

## What stands in an empty field; the parts are put behind each other, with commas between.

hint-whole-number = a whole number
hint-number = a number
hint-day = a day like 2026-10-31, today or yesterday
hint-instant = a day and time like 2026-10-31 18:00
hint-time = a time like 18:00
hint-length = a length of time like 1:30:00
hint-json = JSON, like {"{"}"name": "value"{"}"}
hint-one-of = one of: { $choices }
hint-from = { $figure } or more
hint-above = more than { $figure }
hint-to = up to { $figure }
hint-below = less than { $figure }
hint-lines = one a line

## What is wrong with an answer

wrong-missing = **{ $label }** is needed.
wrong-whole-number = **{ $label }** must be a whole number.
wrong-number = **{ $label }** must be a number.
wrong-day = **{ $label }** must be a day like `2026-10-31`.
wrong-instant = **{ $label }** must be a day and time like `2026-10-31 18:00`.
wrong-time = **{ $label }** must be a time like `18:00`.
wrong-length = **{ $label }** must be a length of time like `1:30:00`.
wrong-above = **{ $label }** must be more than { $figure }.
wrong-from = **{ $label }** must be { $figure } or more.
wrong-below = **{ $label }** must be less than { $figure }.
wrong-to = **{ $label }** must be { $figure } or less.
wrong-too-short = **{ $label }** must have { $figure } or more characters.
wrong-too-long = **{ $label }** must have { $figure } or fewer characters.
wrong-too-few = **{ $label }** must have { $figure } or more entries.
wrong-too-many = **{ $label }** must have { $figure } or fewer entries.
wrong-pattern = **{ $label }** does not have the form that is wanted.
wrong-choice = **{ $label }** must be one of: { $figure }.
wrong-uuid = **{ $label }** must be a UUID.
wrong-json = **{ $label }** must be JSON.
# The entry of a list.
wrong-entry = { $label } (entry { $n })
wrong-wrote = You wrote `{ $value }`.
file-too-large = **{ $label }**: `{ $name }` has { $size } KiB; up to { $most } KiB can be read. Send it in parts.
file-not-there = **{ $label }**: `{ $name }` could not be read from Discord. Send it again.
file-not-utf-8 = **{ $label }**: `{ $name }` is not text in UTF-8. Save it as CSV or text in UTF-8, then send it again.
file-not-text = **{ $label }**: `{ $name }` is not a text file. Save it as CSV or text in UTF-8, then send it again.
file-empty = **{ $label }**: `{ $name }` is empty.
file-wrong = **{ $label }**: `{ $name }`: { $why }.

## Commands: as in the code, which Discord is given in English. Names of commands stay as they are.

command-activity = Who was active here, and when
command-activity-backfill = Read back what was written before I was here, or while I was away
    .start = First day, like 2026-10-01 or 30d; everything if you leave it out
    .channel = Only this channel and its threads
    .private = Only you see the answer
    .notify = When you are called: for long jobs, failures and pauses; for failures and pauses; never
command-activity-inactive = Who showed no activity lately, for you alone
    .days = How many days back; 30 if you leave it out
    .keep_as = Keep the list under this name, to use it later
command-activity-keep = Keep the inactive members of a report under a name
    .report = The report
    .name = The list's name
command-activity-lists = The kept lists of members, or one of them as a file
    .list = The list; all of them if you leave it out
    .forget = Forget this list
command-activity-me = What I have counted of you in the last 30 days, for you alone
command-activity-report = Analyse the members' activity; a short way to /async-job
    .start = First day, like 2026-10-01 or 30d; 30 days if you leave it out
    .end = Last day; today if you leave it out
    .private = Only you see the answer
    .notify = When you are called: for long jobs, failures and pauses; for failures and pauses; never
command-async-job = Start a long job; its message shows how far it is
    .type = What to do
    .start = First day, like 2026-10-01 or 30d (30 days back); 30 days if you leave it out
    .end = Last day, like 2026-10-31, today or yesterday; today if you leave it out
    .channel = The channel it is about, for types that take one
    .role = The role it is about, for types that take one
    .details = Ask for everything that can be chosen
    .private = Only you see the answer; it moves to a direct message when it takes long
    .notify = When you are called: for long jobs, failures and pauses; for failures and pauses; never
command-help = What I can do here, and how to begin
command-job = Look at this server's jobs and steer them
command-job-cancel = Stop a job; what it has done until then stays
    .id = The job's id, as on its card
    .reason = Why; shown on its card
command-job-list = The newest jobs of this server, for you alone
    .state = Only jobs in this state, like running, failed or completed
    .type = Only jobs of this type
    .user = Only jobs that this member asked for
command-job-logs = The last lines that a job wrote about its work
    .id = The job's id, as on its card
command-job-pause = Hold a job after its current step; it keeps its place
    .id = The job's id, as on its card
    .reason = Why; shown on its card
command-job-result = The files that a job made, for you alone
    .id = The job's id, as on its card
command-job-resume = Let a paused job go on where it stopped
    .id = The job's id, as on its card
command-job-retry = Try a failed or cancelled job again; it goes on where it stopped
    .id = The job's id, as on its card
command-job-status = The card of one job as of now, for you alone
    .id = The job's id, as on its card
command-job-undo = Take back what a job did, where nobody changed it since
    .id = The job's id, as on its card
command-privacy = What I keep of you: see it, erase it, or not be counted
command-privacy-erase = Erase what I keep of you, for good
    .member = For administrators: somebody who is not in this server any more
command-privacy-export = All that I keep of you, as a file for you alone
    .format = JSON if you leave it out
command-privacy-opt-out = Not be counted any more; in a direct message: in no server
    .back = True to be counted again
command-queue = How this server's jobs stand, and who may start them
command-queue-access = Let a role start a type of job, or see who may
    .type = The type of job
    .role = The role
    .allow = True to allow (the default), False to take it back
command-queue-health = Whether jobs run as they should, and what to do if not
command-queue-pause = Hold all jobs of this server, or those of one type
    .type = Only jobs of this type; all of them if you leave it out
    .reason = Why; shown on their cards
    .everywhere = In all servers; for the operator of this bot. What runs goes on to its end
command-queue-resume = Let the held jobs of this server go on
    .type = Only jobs of this type, if they alone were paused
    .everywhere = In all servers; for the operator of this bot
command-queue-stats = How many jobs there are here, by state and type
command-schedule = Jobs that come back by themselves
command-schedule-add = Run a job again and again, with its card in a channel
    .type = What to do
    .when = daily 09:00, weekly monday 09:00, monthly 1 09:00 or a cron expression; in this server's time zone
    .channel = Where the card goes; the channel of /setup channel, or this one, if you leave it out
    .days = How many days each report covers, up to the day before it; 7 if you leave it out
    .like = A job whose choices are repeated: channels, roles and whatever else it was asked
command-schedule-list = The schedules of this server and when they run next
command-schedule-pause = Let a schedule rest until it is resumed
    .id = The schedule
command-schedule-remove = Forget a schedule; what it made stays
    .id = The schedule
command-schedule-resume = Let a paused schedule run again, from now on for you
    .id = The schedule
command-schedule-run-now = Run a schedule's job at once, beside its plan
    .id = The schedule
command-setup = What I need here, and this server's own settings
command-setup-channel = Where the cards of schedules go when nothing else was said
    .channel = Leave it out to have no such place
command-setup-check = What stands in my way here, and how to mend it
command-setup-language = The language of my cards and answers in this server
    .name = Leave it out to follow each reader's own Discord
command-setup-timezone = The time zone whose days are counted and whose hours schedules keep
    .name = Like Europe/Berlin or Asia/Jakarta
choice-always = always
choice-json = one file (JSON)
choice-csv = tables (CSV)
choice-failure = failure
choice-never = never
