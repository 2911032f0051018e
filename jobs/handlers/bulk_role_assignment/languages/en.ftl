# The words of role assignments. docs/languages.md tells how another language is added.

title = Role Assignment
title-undo-role-assignment = Role Assignment: Undo

## Questions of its form

field-role_ids = Roles
    .description = The roles it is about.
field-action = Action
    .description = Replace leaves these roles and takes all others that people can give.
choice-add = Add
choice-remove = Remove
choice-replace = Replace
field-who = Who
    .description = Named: those who are chosen, listed or sent.
choice-named = Named
choice-all = All
choice-humans = Humans
choice-bots = Bots
field-member_ids = Members
    .description = These members.
field-preset = Preset
    .description = Begin with the choices that were kept under this name.
field-more_members = More members
    .description = More members: ids or mentions.
field-id_file = Id file
    .description = A file with ids of members: one a line, or the first column of a CSV.
field-list_name = List name
    .description = A kept list of members, by its name or id.
field-any_roles = Any roles
    .description = Only who has one of these roles.
field-all_roles = All roles
    .description = Only who has all of these roles.
field-no_roles = No roles
    .description = Nobody who has one of these roles.
field-joined_after = Joined after
    .description = Only who joined on this day or later.
field-joined_before = Joined before
    .description = Only who joined before this day.
field-account_days_min = Account days min
    .description = Only accounts that are at least so many days old.
field-account_days_max = Account days max
    .description = Only accounts that are at most so many days old.
field-active_days = Active days
    .description = Only who was active in the last so many days.
field-inactive_days = Inactive days
    .description = Only who was not active in the last so many days.
field-until = Until
    .description = Take it back at this time.
field-late_joiners = Late joiners
    .description = At the end, add those who joined meanwhile, and check the result.
field-reason = Reason
    .description = Why; it stands in the server's audit log.
field-keep_as = Keep as
    .description = Keep these choices under this name.

## Before it is confirmed

headline-add = add { $roles }
headline-remove = remove { $roles }
headline-replace = replace by { $roles }
headline-undo = take back what `{ $job }` did with { $roles }
subject-undo = take back what `{ $job }` did
and-more = { $named } and { $rest } more
preview-changes =
    { $n ->
        [one] **1** member would change
       *[other] **{ $n }** members would change
    }
preview-right = { $n } already right
preview-blocked = { $n } cannot be changed ({ $reasons })
blocked-gone = { $n } not here
blocked-above = { $n } with a role that you or I may not take
blocked-changed = { $n } changed by others since
blocked-role-gone = { $n } whose role was deleted
preview-partly = { $n } of them only in part: others have changed the rest since
preview-examples = For example: { $members }
preview-time = About { $duration }.
preview-danger = ⚠️ { $role } can { $permissions }.
preview-beyond = ⚠️ { $roles } can do what you may not.
preview-late = Who joins meanwhile gets the same at the end.
permission-administrator = do everything
permission-manage-server = manage the server
permission-manage-roles = manage roles
permission-manage-channels = manage channels
permission-manage-webhooks = manage webhooks
permission-ban = ban members
permission-kick = kick members
permission-time-out = time members out
permission-manage-messages = manage messages
permission-mention-everyone = mention everyone
permission-manage-nicknames = manage nicknames
permission-manage-threads = manage threads
permission-manage-events = manage events
permission-manage-expressions = manage emoji
permission-audit-log = read the audit log

## What it has done when it stands still before its end

counted-ok = { $n } changed
until-nothing = Nothing was changed.
until-changed = { $n } of { $of } members changed
until-skipped = { $n } skipped
until-refused = { $n } refused by Discord
until-rest = the rest was not touched

## What it did

nothing = Nothing was to be changed.
done-add =
    { $n ->
        [one] **1** member got it
       *[other] **{ $n }** members got it
    }
done-remove =
    { $n ->
        [one] **1** member has it no more
       *[other] **{ $n }** members have it no more
    }
done-replace =
    { $n ->
        [one] **1** member was changed
       *[other] **{ $n }** members were changed
    }
done-undo =
    { $n ->
        [one] **1** member is as before
       *[other] **{ $n }** members are as before
    }
done-right =
    { $n ->
        [one] 1 was right already
       *[other] { $n } were right already
    }
done-gone =
    { $n ->
        [one] 1 has left
       *[other] { $n } have left
    }
done-failed =
    { $n ->
        [one] 1 was refused by Discord
       *[other] { $n } were refused by Discord
    }
checked =
    Checked: { $stands } of { $of } stand as planned; { $late ->
        [0] nobody came late.
        [one] 1 who came late was added.
       *[other] { $late } who came late were added.
    }
taken-back = It is taken back { $when }.

## What is written down in English and shown later. Found by the English text: it has to be the same as in the code.

stored-reading = Reading members
stored-changing = Changing roles
stored-checking = Checking the result
stored-late = Adding who came late
stored-members = members
stored-waits = It waits for your confirmation.
stored-then-resume = { $cause } Then press Resume: it goes on with the { $left } left.
stored-then-cancel = { $cause } Press Cancel, and ask anew for the { $left } left.
stored-lapsed = Nobody confirmed it within 15 minutes.
stored-over = The time for it is over.
stored-over-before = The time at which it would be taken back is over. Choose a later one.
stored-too-far = It can be taken back within a year. Choose an earlier time.
stored-caller-gone = The person who asked for this is not in this server any more. Somebody else has to ask for it.
stored-caller-lacks = The person who asked for this may not manage roles here. They need the permission Manage Roles.
stored-bot-lacks = I may not manage roles here. Give my role the permission Manage Roles in Server Settings, Roles.
stored-unknown = The role { $role } is not here. It was deleted, or is another server's.
stored-everyone = Everybody has the role @everyone. Choose another one.
stored-bot = The role { $role } belongs to a bot. Nobody can give or take it.
stored-integration = The role { $role } is given by an integration. Nobody else can give or take it.
stored-booster = The role { $role } is for those who boost this server. Nobody can give or take it.
stored-subscription = The role { $role } is sold by a subscription. Nobody can give or take it.
stored-linked = Members get the role { $role } by linking an account. Nobody can give or take it.
stored-managed = The role { $role } is managed by Discord. Nobody can give or take it.
stored-above-bot = I may not manage the role { $role }: it does not stand below mine. Move my role above it in Server Settings, Roles.
stored-above-caller = The person who asked for this may not manage the role { $role }: it does not stand below theirs. Give them a higher role.
stored-refused-in-a-row = Discord refused { $n } changes in a row for the same reason (code { $code }), so I stopped.
stored-two-factor = This server asks for two-factor authentication. Whoever owns me has to switch it on for their account.
stored-not-in-server = I am not in this server any more. Invite me again, then press Retry.
stored-may-not-start = The person who asked for this may not start it here any more, so I stopped.
stored-members-hidden = Discord hides the member list from me. Switch on the Server Members intent, then press Retry.
stored-no-list = The list { $list } is not kept here any more. Make it anew.
stored-no-preset = No choices are kept here under the name { $name }. Ask again, and choose them.
stored-other-presets = No choices are kept here under the name { $name }. There are: { $names }. Ask again with one of them.
stored-preset-misfit = The choices kept as { $name } do not fit any more. Keep them anew.
stored-not-known = Nobody knows who was inactive for { $days } days. Run a Member Analysis of them, then ask again.
stored-no-undo = What that job did is not kept any more, so it cannot be taken back.
stored-back-waits = { $cause } Then press Resume; or somebody else takes back { $job } by /job undo.
stored-waits-for = It waits for the end of { $job }.
stored-choose-roles = choose at least one role, or name a preset
stored-say-who = say who: choose members, send a list of ids, or choose all, humans or bots
stored-needs-zone = the time at which it is taken back needs a time zone
stored-active-or-not = choose who was active or who was not, not both
stored-no-age = no account is older and younger than that
stored-no-id = “{ $word }” is no id of a member
stored-shortened-id = “{ $word }” is an id that a spreadsheet has shortened; make the column text there, and fill it again
stored-no-ids = the file holds no id of a member
