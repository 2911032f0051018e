# Kata-kata Errand dalam bahasa Indonesia. Kunci dan nama dalam kurung kurawal sama dengan di en.ftl.

language-name = Bahasa Indonesia

## Durations and ages

duration-d = { $n } hari
duration-h = { $n } jam
duration-min = { $n } mnt
duration-s = { $n } dtk
ago = { $duration } yang lalu
just-now = baru saja
more-lines = … dan { $rest } lagi

## States, as lists show them

state-waiting = menunggu
state-delayed = ditunda
state-blocked = tertahan
state-active = berjalan
state-paused = dijeda
state-completed = selesai
state-failed = gagal
state-cancelled = dibatalkan

## Cards

card-paused = Dijeda
card-completed = Selesai
card-failed = Gagal
card-cancelled = Dibatalkan
card-attempt = percobaan { $attempt } dari { $most }
operator = operator
card-asked-by = diminta oleh { $user }

queued-next = Dalam antrean, giliran berikutnya.
queued-place = Dalam antrean, urutan ke-{ $place }.
delayed-retry = Percobaan { $attempt } dari { $most } dimulai { $when }, setelah: { $reason }
delayed-reason = Dilanjutkan { $when }: { $reason }
delayed-start = Dimulai { $when }.
blocked-by = Dimulai setelah { $jobs } selesai.
blocked-by-one = Dimulai setelah tugas lain selesai.

active-stuck = Tugas ini tidak berhenti sendiri; tempatnya sudah diberikan kepada tugas berikutnya. Operator sudah diberi tahu.
active-stopping = Berhenti setelah langkah yang sedang berjalan.
active-starting = Memulai.
active-stage = tahap { $stage } dari { $stages }
active-share = { $done } dari { $total }
active-so-far = { $amount } sejauh ini
active-ok = { $n } dihitung
active-skipped = { $n } dilewati
active-failed = { $n } gagal
active-restarted = Bot dimulai ulang; dilanjutkan dari { $place }.
active-restarted-of = Bot dimulai ulang; dilanjutkan dari { $place } dari { $total }.
active-retried = Percobaan { $attempt } dari { $most }, setelah: { $reason }
active-spent = sudah { $duration }
active-waiting = Discord meminta kami menunggu { $duration }
active-left = sekitar { $duration } lagi di tahap ini

paused-plain = Dijeda.
completed-plain = Selesai.
completed-took = memakan waktu { $duration }
failed-plain = Tugas ini gagal.
failed-tried = Sudah dicoba { $times } kali.
failed-next = Tekan { button-retry } setelah hal itu diperbaiki; tugas dilanjutkan dari sana.
cancelled-plain = Dibatalkan.
come-to = Sudah sampai di: { $stage }.
come-to-share = Sudah sampai di: { $stage }, { $percentage } %.

## Buttons

button-cancel = Batalkan
button-pause = Jeda
button-resume = Lanjutkan
button-retry = Coba lagi
button-undo = Urungkan
button-download = Unduh
button-run-again = Jalankan lagi
button-refresh = Segarkan

## Progress messages

goes-on-from = Lanjutan dari [pesan sebelumnya]({ $link }).
goes-on-in-direct = Jawaban ini berakhir di sini. Kelanjutannya ada di [pesan langsung]({ $link }).
cannot-go-on = Saya tidak bisa mengirimimu pesan langsung. Mulai sekarang, `/job status id:{ $job }` menampilkannya.
said-completed = { $user } { $title } yang kamu minta sudah selesai.
said-failed = { $user } { $title } yang kamu minta gagal. Alasannya ada di pesan di atas.
said-paused = { $user } { $title } yang kamu minta dijeda. Alasannya ada di pesan di atas.
said-cancelled = { $user } { $title } yang kamu minta dibatalkan.

## What the engine and the bot write down in English and is shown later.

stored-card-title = Progres Tugas
stored-no-answer = Discord tidak menjawab.
stored-refused = Discord menolak menampilkan sesuatu yang diperlukan tugas ini. Periksa izin saya, lalu tekan Coba lagi.
stored-not-there = Sesuatu yang diperlukan tugas ini sudah tidak ada.
stored-something-wrong = Terjadi kesalahan di dalam tugas ini.
stored-no-database = Basis data tidak bisa ditulis.
stored-timed-out = Tugas ini memakan waktu lebih dari { $seconds } detik.
stored-stalled = Tidak ada kemajuan selama { $seconds } detik.
stored-process-ended = Prosesnya berakhir saat tugas ini berjalan.
stored-crashed = Bot berhenti { $crashes } kali saat tugas ini berjalan, setiap kali di tempat yang sama.
stored-bot-restarted = Bot dimulai ulang.
stored-damaged = Permintaan tugas ini tidak bisa dibaca: barisnya di basis data rusak. Mintalah sekali lagi.
stored-no-handler = Tidak ada penangan untuk { $type } yang terpasang.
stored-cancelled-itself = Tugas ini membatalkan dirinya sendiri.
stored-no-task = Tugas { $task } tidak terpasang.
stored-no-result = Hasil { $job }, yang diperlukan tugas ini, rusak.
stored-not-started = Tugas ini tidak bisa dimulai tepat waktu.
stored-parent-before = Tugas yang harus ditunggunya sudah gagal atau dibatalkan sebelumnya.
stored-parent-failed = Tugas ini menunggu { $job }, yang gagal.
stored-parent-cancelled = Tugas ini menunggu { $job }, yang dibatalkan.
stored-operator = Dibatalkan oleh operator.
stored-removed = Saya dikeluarkan dari server ini.
stored-outage = Discord sedang tidak bisa menjangkau server ini.
stored-cancelled-by = Dibatalkan oleh { $name }.
stored-cancelled-by-for = Dibatalkan oleh { $name }: { $reason }
stored-paused-by = Dijeda oleh { $name }.
stored-paused-by-for = Dijeda oleh { $name }: { $reason }
stored-all-paused-by = Semua tugas di sini dijeda oleh { $name }.
stored-all-paused-by-for = Semua tugas di sini dijeda oleh { $name }: { $reason }
