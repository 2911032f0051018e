# What Errand says, in English. docs/languages.md tells how another language is added.
# Names in braces, like { $name }, are put in when it is said. Keep them, `code` and *stars* as they are.

language-name = English

## Durations and ages

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
card-completed = Completed
card-failed = Failed
card-cancelled = Cancelled
card-attempt = attempt { $attempt } of { $most }
operator = the operator
card-asked-by = asked by { $user }

queued-next = Queued, next in line.
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
completed-plain = Done.
completed-took = took { $duration }
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
button-refresh = Refresh

## Progress messages

goes-on-from = Goes on from [the earlier message]({ $link }).
goes-on-anew = This message ends here. It goes on in [a new one]({ $link }).
goes-on-in-direct = This answer ends here. It goes on in [a direct message]({ $link }).
cannot-go-on = I cannot write to you directly. From here on, `/job status id:{ $job }` shows it.
said-completed = { $user } Your { $title } is done.
said-failed = { $user } Your { $title } failed. The message above says why.
said-paused = { $user } Your { $title } is paused. The message above says why.
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

## Answers to a person alone

in-a-server = Use this command in a server.
may-not = You may not use this command here.
reload = This command has changed. Reload Discord (Ctrl+R), then type it again.
went-wrong = Something went wrong on my side. The operator can find it under `{ $code }`.
not-here-any-more = Somebody or something that you named is not here any more. Choose it from the list.
no-database = My database does not answer now. Nothing was started or changed; please tell the operator.
restarting = I am restarting. Nothing was started; try again in a minute.

## Days that cannot be

days-turned = The end date is before the start date. Try `start: { $start } end: { $end }`.
days-too-many = That is { $days } days; at most { $most } can be analysed at once. Try `start: { $start }`.
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
form-start = Start
form-discard = Discard
# Which questions: numbers like 6–10, or form-all.
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

## Commands: as in the code, which Discord is given in English. Names of commands stay as they are.

command-activity = Who was active here, and when
command-activity-inactive = Who showed no activity lately, for you alone
    .days = How many days back; 30 if you leave it out
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
choice-failure = failure
choice-never = never
