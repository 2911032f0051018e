# Kata-kata Errand dalam bahasa Indonesia. Kunci dan nama dalam kurung kurawal sama dengan di en.ftl.

language-name = Bahasa Indonesia

## Days, durations and ages

date = { $day } { $month }
date-of-year = { $day } { $month } { $year }
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
card-confirm = Mohon konfirmasi
card-completed = Selesai
card-failed = Gagal
card-cancelled = Dibatalkan
card-attempt = percobaan { $attempt } dari { $most }
operator = operator
card-asked-by = diminta oleh { $user }

queued-next = Dalam antrean, giliran berikutnya.
queued-start = Dimulai dalam sekitar { $duration }.
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
confirm-until = Tanpa konfirmasi, tugas ini berakhir { $when }. Sebelum itu tidak ada yang diubah.
completed-plain = Selesai.
completed-took = memakan waktu { $duration }
completed-kept = Hasil dari { $when }.
failed-plain = Tugas ini gagal.
failed-tried = Sudah dicoba { $times } kali.
failed-next = Tekan { button-retry } setelah hal itu diperbaiki; tugas dilanjutkan dari sana.
cancelled-plain = Dibatalkan.
come-to = Sudah sampai di: { $stage }.
come-to-share = Sudah sampai di: { $stage }, { $percentage } %.

## Yang hanya diberitahukan kepada peminta

another-runs = { $title } lain sedang { $doing } di sini: { $where }. Giliran berikutnya milik Anda.
another-runs-place = { $title } lain sedang { $doing } di sini: { $where }. Milik Anda di urutan ke-{ $place }.

## Buttons

button-cancel = Batalkan
button-pause = Jeda
button-resume = Lanjutkan
button-retry = Coba lagi
button-undo = Urungkan
button-download = Unduh
button-run-again = Jalankan lagi
button-inactive = Tidak aktif (CSV)
button-give-role = Beri peran…
button-weekly = Jadwalkan mingguan
button-refresh = Segarkan
button-cancel-now = Hentikan
button-undo-now = Urungkan sekarang
button-keep = Biarkan
confirm-changes = Konfirmasi { $n } perubahan
confirm-list = Daftar (CSV)
confirm-cancel = Hentikan { $title } `{ $job }`? Yang sudah dikerjakan tetap ada.
confirm-undo = Urungkan perubahan { $title } `{ $job }`? Yang sudah diubah orang lain sejak itu tetap ada.
confirm-kept = Dibiarkan seperti semula.
confirm-form = Mohon konfirmasi
confirm-type = Ketik { $n } untuk mengonfirmasi
confirm-press-again = Itu terlalu lama. Tekan tombolnya lagi.
confirm-wrong-number = Itu bukan { $n }, jadi tidak ada yang diubah. Tekan tombolnya lagi.
confirm-only-they = Hanya { $user }, yang memintanya, yang dapat mengonfirmasinya.
confirm-another = Ini bukan lagi yang ditanyakan. Lihat pesannya lagi, lalu tekan.
confirm-not-asked = `{ $id }` tidak menunggu konfirmasi; statusnya { $state }.
confirm-late = Ini tidak dapat dikonfirmasi lagi. Jalankan lagi untuk melihat apa yang akan dilakukannya sekarang.
list-gone = Daftar ini sudah tidak disimpan. Gunakan `/job list` lagi.

## Progress messages

goes-on-from = Lanjutan dari [pesan sebelumnya]({ $link }).
goes-on-anew = Pesan ini berakhir di sini. Kelanjutannya ada di [pesan baru]({ $link }).
goes-on-in-direct = Jawaban ini berakhir di sini. Kelanjutannya ada di [pesan langsung]({ $link }).
cannot-go-on = Saya tidak bisa mengirimimu pesan langsung. Mulai sekarang, `/job status id:{ $job }` menampilkannya.
said-completed = { $user } { $title } yang kamu minta sudah selesai.
said-failed = { $user } { $title } yang kamu minta gagal. Alasannya ada di pesan di atas.
said-paused = { $user } { $title } yang kamu minta dijeda. Alasannya ada di pesan di atas.
said-asks = { $user } { $title } yang kamu minta menunggu konfirmasimu.
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
stored-unstorable = Hasil akhir tugas ini tidak bisa disimpan. Yang sudah dikerjakannya tetap selesai.
stored-resumed-before = Dilanjutkan sebelum sempat terjeda.
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
stored-type-paused-by = Tugas jenis ini dijeda oleh { $name }.
stored-type-paused-by-for = Tugas jenis ini dijeda oleh { $name }: { $reason }
stored-all-paused-by = Semua tugas di sini dijeda oleh { $name }.
stored-all-paused-by-for = Semua tugas di sini dijeda oleh { $name }: { $reason }
stored-paused-by-operator = Dijeda oleh operator.
stored-jobs-held = Tugas server ini dijeda.
stored-type-gone = Jenis tugas ini sudah tidak ada.
stored-owner-gone = Yang membuatnya tidak boleh lagi memulainya di sini.
stored-health-store = Penyimpanan tidak menjawab: { $error }
stored-health-store-do = Periksa disk dan izinnya.
stored-health-full = Antrean terisi { $share } %.
stored-health-full-do = Naikkan batasnya atau jumlah yang berjalan bersamaan.
stored-health-waiting = { $n } tugas menunggu.
stored-health-waiting-do = Naikkan jumlah yang berjalan bersamaan.
stored-health-failed = { $n } percobaan gagal dalam satu jam terakhir.
stored-health-failed-do = Lihat kesalahannya.
stored-health-old = Sebuah tugas sudah menunggu { $minutes } menit.
stored-health-old-do = Periksa batas dan jeda.
stored-health-loop = Event loop terlambat { $late } dtk.
stored-health-loop-do = Cari apa yang menghambatnya.
stored-health-stuck = { $n } tugas tidak mau berhenti; tempatnya sudah diberikan ke tugas lain.
stored-health-stuck-do = Periksa apa yang ditunggu penangannya; mulai ulang akan mengakhirinya.
stored-health-unknown = Tidak ada yang menangani: { $types }.
stored-health-unknown-do = Pasang jenis tugas ini, atau batalkan tugasnya.
stored-health-paused = { $what } dijeda: { $reason }
stored-health-paused-do = Lanjutkan setelah itu berlalu.

## Answers to a person alone

in-a-server = Gunakan perintah ini di sebuah server.
may-not = Kamu tidak boleh menggunakan perintah ini di sini.
reload = Perintah ini sudah berubah. Muat ulang Discord (Ctrl+R), lalu ketik lagi.
went-wrong = Terjadi kesalahan di pihak saya. Operator bisa menemukannya dengan kode `{ $code }`.
not-here-any-more = Seseorang atau sesuatu yang kamu sebut sudah tidak ada di sini. Pilih lagi dari daftar.
no-database = Basis data saya sedang tidak menjawab. Tidak ada yang dimulai atau diubah; beri tahu operator.
restarting = Saya sedang dimulai ulang. Tidak ada yang dimulai; coba lagi sebentar lagi.

## Who may do what

administrators-or-role = Hanya administrator, atau peran yang diizinkan dengan `/queue access`, yang bisa memulai ini di sini.
administrators-only = Hanya administrator yang bisa melakukan ini di sini.
operator-only = Hanya operator bot ini yang bisa melakukan ini.
server-unseen = Saya sedang tidak bisa melihat server ini. Coba lagi sebentar lagi; bila tidak membantu, undang saya lagi.
bot-left = Saya sudah tidak ada di server itu.
caller-left = Kamu sudah tidak ada di server itu.
job-elsewhere = Tugas ini milik server lain.
only-they = Hanya { $user } dan administrator yang bisa melakukan itu.
only-administrators = Hanya administrator yang bisa melakukan itu.
no-job = Tidak ada tugas `{ $id }` di sini.

## What was done to a job, and why it cannot be done

cancelled-new = `{ $id }` dibatalkan. Tugas itu belum dimulai, jadi tidak ada yang dikerjakan.
cancelled-begun = `{ $id }` dibatalkan. Yang sudah dikerjakannya tetap ada.
cancel-asked = `{ $id }` diminta berhenti setelah langkah yang sedang berjalan. Pesannya memuat apa yang sudah dikerjakan.
ended-already = `{ $id }` sudah berakhir.
stopping-already = `{ $id }` sudah sedang dihentikan.
paused-already = `{ $id }` sudah dijeda.
pauses = `{ $id }` dijeda setelah langkah yang sedang berjalan dan tempatnya tetap. `/job resume` melanjutkannya.
paused-now = `{ $id }` dijeda dan tempatnya tetap. `/job resume` melanjutkannya.
not-paused = `{ $id }` tidak dijeda; statusnya { $state }.
goes-on = `{ $id }` dilanjutkan dari tempatnya berhenti.
retried = `{ $id }` dicoba lagi dan dilanjutkan dari tempatnya berhenti.
unfinished-already = Tugas yang sama belum selesai. `/job list` menampilkannya.
payload-damaged = Permintaan `{ $id }` sudah tidak bisa dibaca. Mulai yang baru dengan `/async-job`.
not-again = Status `{ $id }` adalah { $state }; hanya tugas yang gagal atau dibatalkan yang bisa dicoba lagi.
job-gone = Tugas ini sudah tidak disimpan.
button-gone = Tombol ini berasal dari versi saya yang lain. Gunakan `/job status`.
not-ended = Status `{ $id }` adalah { $state }. Tunggu sampai berakhir, atau batalkan.
no-undo = { $title } tidak bisa diurungkan.
no-files = Tidak ada file dari tugas ini: tugas ini tidak membuatnya, atau file itu sudah tidak disimpan; kalau begitu jalankan lagi.
files-gone = File tugas ini sudah tidak disimpan. Jalankan lagi untuk mendapatkannya.
files-not-yours = Hanya administrator, atau peran yang boleh memulai ini lewat `/queue access`, dapat memperoleh filenya.
files-too-large = Terlalu besar untuk Discord: { $names }. Operator menyimpannya.

## Lists of jobs

jobs-title = Tugas
jobs-none = Belum ada tugas di sini. Mulai satu dengan `/async-job`.
jobs-none-fit = Tidak ada tugas yang cocok di sini.
no-state = Tidak ada status seperti itu. Pilih salah satu: { $states }.
page = Halaman { $n }
page-newer = Lebih baru
page-older = Lebih lama
open-one = Buka satu
job-message = Pesannya: { $link }
job-log = Catatan { $id }
job-log-empty = Tugas ini tidak menulis catatan apa pun.

## Starting a job

no-type = Tidak ada jenis tugas seperti itu. Pilih salah satu dari daftar.
no-days = { $title } tidak memakai hari. Kosongkan `start` dan `end`.
no-covered-days = { $title } tidak mencakup hari. Kosongkan `days`.
no-end-day = { $title } selalu sampai sekarang. Kosongkan `end`.
no-channel-option = { $title } tidak memakai saluran. Kosongkan `channel`.
no-role-option = { $title } tidak memakai peran. Kosongkan `role`.
not-this-way = { $title } tidak bisa dimulai seperti ini: { $problems }.
queue-full-minutes = Antrean penuh ({ $limit } tugas). Coba lagi dalam sekitar { $minutes } menit.
queue-full-minute = Antrean penuh ({ $limit } tugas). Coba lagi dalam sekitar satu menit.
queue-full = Antrean penuh ({ $limit } tugas). Coba lagi nanti.
too-fast = Kamu sudah meminta { $limit } tugas dalam satu menit. Coba lagi dalam { $wait } dtk.
own-limit = Kamu punya { $count } tugas yang belum selesai di sini, batas untukmu: { $named }. Tunggu salah satunya, atau batalkan.
guild-limit = Server ini punya { $count } tugas yang belum selesai, batas untuk server ini. Coba lagi setelah salah satunya berakhir.
the-same = { $title } yang sama sudah { $doing } di sini: { $place }, dimulai oleh { $user }.
doing-active = berjalan
doing-in-line = dalam antrean
see-it = lihat
held = Tugas di server ini dijeda: { $reason } `/queue resume` melanjutkannya.
held-type = Tugas jenis ini dijeda di server ini: { $reason } `/queue resume` melanjutkannya.
out-of-reach = Discord sedang tidak bisa menjangkau server ini. Tugasnya dilanjutkan dengan sendirinya setelah itu berlalu.

## /queue

queue-here = Tugas di server ini
queue-everywhere = Tugas di semua server
queue-jobs = { $n } tugas
queue-jobs-failed = { queue-jobs }, { $failed } gagal
queue-rate = { $rate } per menit
queue-failed-share = { $share } % gagal
queue-each = masing-masing { $duration }
queue-cached = { $share } % dari cache
queue-last-hour = dalam satu jam terakhir: { $figures }
health-title = Kesehatan
health-healthy = ✅ Semua baik.
health-degraded = ⚠️ Lebih lambat dari seharusnya.
health-critical = ❌ Ada yang salah.
health-told = Operator diberi tahu apa yang harus dilakukan.
health-backlog = { queue-jobs } dalam antrean · { $rate } per menit · terlambat { $late } dtk
health-uptime = berjalan selama { $duration }
health-held = ⏸️ Tugas di server ini dijeda: { $reason }
health-held-type = ⏸️ { $title } dijeda di server ini: { $reason }
health-held-everywhere = ⏸️ { $title } dijeda di semua server oleh operator.
health-held-all = ⏸️ Semuanya dijeda di semua server oleh operator.
queue-paused-already = Itu sudah dijeda: { $reason }
queue-paused-everywhere = Tugas: tidak ada yang baru dimulai di server mana pun. `/queue resume everywhere:True` mengakhirinya.
queue-paused-everywhere-type = { $title }: tidak ada yang baru dimulai di server mana pun. `/queue resume everywhere:True` mengakhirinya.
queue-held = { queue-jobs } dijeda, dan tidak ada yang baru dimulai di sini. `/queue resume` melanjutkannya.
queue-nothing-paused = Tidak ada yang dijeda di sini. Satu tugas dilanjutkan dengan `/job resume`.
queue-type-not-paused = { $title } tidak dijeda di sini.
queue-not-whole = Tidak semua tugas dijeda di sini, tetapi ini dijeda: { $titles }. Berikan `type`-nya.
queue-resumed-everywhere = Tugas dimulai lagi di semua server.
queue-resumed-everywhere-type = { $title } dimulai lagi di semua server.
queue-freed = { $n } tugas dilanjutkan; yang baru bisa dimulai.
access-give-both = Berikan `type` dari daftar dan sebuah `role`, atau kosongkan keduanya untuk melihat siapa yang boleh memulai apa.
access-was-not = { $role } tidak diizinkan memulai { $title } di sini.
access-taken = { $role } tidak boleh lagi memulai { $title } di sini.
access-given =
    { $role } sekarang boleh memulai { $title } di sini. Discord mula-mula hanya menampilkan `/async-job` kepada administrator. Untuk menampilkannya kepada peran itu: Pengaturan Server → Integrasi → saya → `/async-job` → Tambah Peran.
access-title = Siapa yang boleh memulai apa
access-administrators = administrator

## /schedule

schedules-title = Jadwal
schedules-none = Belum ada jadwal di sini. Buat satu dengan `/schedule add`.
schedules-too-many = Server ini punya { $most } jadwal, batas untuk server ini. Hapus satu dulu.
schedule-added = { $title } dijalankan { $when } ({ $zone }), pertama { $first }, dengan kartunya di { $place }. ID-nya `{ $id }`.
scheduled-already = Yang sama sudah berjalan { $when }, dengan kartunya di { $place }. Id-nya `{ $id }`; `/schedule remove` mengakhirinya.
schedule-unreadable = Saya tidak bisa membaca kapan itu. Berikan `daily 09:00`, `weekly monday 09:00`, `monthly 1 09:00`, atau ekspresi cron seperti `0 9 * * 1`.
schedule-too-often = Itu lebih sering daripada sekali dalam satu jam. Pilih jeda yang lebih panjang.
schedule-other-type = `{ $id }` adalah { $title }. Pilih tugas dari jenis yang sama untuk diulang.
schedule-needs-more = { $problem } Jalankan sekali dengan `/async-job`, lalu berikan tugas itu sebagai `like`.
schedule-unknown = Tidak ada jadwal `{ $id }` di sini.
schedule-rests = `{ $id }` beristirahat. `/schedule resume` membangunkannya.
schedule-rests-already = `{ $id }` sudah beristirahat.
schedule-not-paused = `{ $id }` tidak dijeda.
schedule-resumed = `{ $id }` dijalankan berikutnya { $when }.
schedule-not-now = `{ $id }` tidak bisa dijalankan sekarang. { $why }
schedule-ran = `{ $job }` ada dalam antrean; kartunya akan muncul di { $place }.
schedule-removed = `{ $id }` dihapus. Tugasnya tetap ada.
schedule-next = berikutnya { $when }
schedule-stopped = { $title } tidak lagi dijalankan { $when }: { $user }, yang membuatnya, sekarang tidak boleh memulainya di sini. Administrator bisa mengambil alih dengan `/schedule resume`.

## /activity

inactive-list = { $members } anggota tidak aktif, { $never } di antaranya belum pernah terlihat. `/activity keep report:{ $job }` menyimpan daftarnya dengan nama, untuk dipakai nanti.
no-inactive-list = `{ $id }` tidak punya daftar anggota tidak aktif: tidak ada yang diketahui tentang waktunya, atau tidak diminta laporan.
list-kept = Disimpan sebagai **{ $name }** (`{ $id }`): { $n } anggota, sampai { $until }.
list-line = **{ $name }** · { $n } anggota · dibuat { $made } · disimpan sampai { $until } · `{ $id }`
list-no-name = Daftar perlu nama.
list-of-nobody = Tidak ada siapa pun di daftar itu; tidak ada yang bisa disimpan.
list-name-taken = Sudah ada daftar { $name } di sini. Pilih nama lain, atau hapus yang itu dengan `/activity lists`.
list-unknown = Tidak ada daftar { $name } di sini.
list-forgotten = { $name } sudah dihapus.
lists-too-many = Server ini menyimpan { $most } daftar, jumlah terbanyak yang boleh. Hapus satu dulu dengan `/activity lists`.
lists-none = Tidak ada daftar yang disimpan di sini. `/activity keep` menyimpan anggota tidak aktif dari sebuah laporan.
lists-title = Daftar yang disimpan
inactive-title = Anggota tidak aktif
inactive-unknown = Saya belum tahu siapa yang tidak aktif: { $unread } saluran belum dibaca mundur untuk { $days } hari ini. Gunakan `/activity report start:{ $days }d` sekali; setelah itu saya tahu.
inactive-nothing-seen = Saya tidak tahu siapa yang tidak aktif: tidak ada saluran yang bisa saya baca di sini, dan saya tidak cukup lama ada untuk melihat. Beri saya *Lihat Saluran* dan *Baca Riwayat Pesan*, lalu tanyakan lagi.
inactive-no-members = Discord menyembunyikan daftar anggota dari saya: operator harus mengaktifkan intent Server Members.
try-in-a-minute = Discord tidak menjawab. Coba lagi sebentar lagi.
inactive-of = **{ $silent }** dari { $people } anggota tidak menunjukkan aktivitas dalam { $days } hari.
inactive-more = { $named } dan { $rest } lagi; semuanya ada di file.
inactive-never = { $never } di antaranya belum pernah terlihat sama sekali, sejauh yang saya tahu.
inactive-joined = Yang bergabung dalam waktu itu tidak termasuk.
inactive-unsure = { $n } anggota memilih tidak dicatat dalam waktu itu, atau meminta datanya dihapus; tentang mereka saya tidak tahu.
inactive-unseen = Suara dan reaksi diketahui untuk { $share } % dari waktu itu; selebihnya saya tidak ada.
inactive-hidden = { $n } saluran tersembunyi dari saya; yang ditulis di sana tidak dihitung.
opted-out = Kamu memilih tidak dicatat: tidak ada yang dihitung tentangmu di sini.
counted-of-you = Dalam { $days } hari terakhir saya menghitung { $messages } pesan darimu, { $voice } di saluran suara dan { $reactions } reaksi. Yang terjadi saat saya tidak ada tidak termasuk.

## /privacy

erase-button = Hapus
count-me-button = Hitung saya lagi
opted-out-now-here = Mulai sekarang saya tidak menghitung apa pun tentangmu di server ini, dan tidak ada laporan baru di sini yang menyebutmu.
opted-out-now-everywhere = Mulai sekarang saya tidak menghitung apa pun tentangmu di server mana pun, dan tidak ada laporan baru yang menyebutmu.
opted-out-before-here = Kamu sudah memilih tidak dicatat: saya tidak menghitung apa pun tentangmu di server ini, dan tidak ada laporan baru di sini yang menyebutmu.
opted-out-before-everywhere = Kamu sudah memilih tidak dicatat: saya tidak menghitung apa pun tentangmu di server mana pun, dan tidak ada laporan baru yang menyebutmu.
opted-out-keep = Apakah yang sudah saya hitung sampai sekarang juga dihapus? Bila disimpan, itu tidak ditunjukkan kepada siapa pun kecuali kamu mau dihitung lagi.
opted-in = Saya menghitung pesan dan waktu suaramu lagi mulai { $when }. Yang terjadi di antaranya tetap tidak dihitung.
opted-out-everywhere = Kamu memilih tidak dicatat di semua server, lewat pesan langsung. Gunakan `/privacy opt-out back:True` di sana.
counted-already = Kamu tidak memilih keluar: kamu saya hitung.
exported-here = Inilah yang saya simpan tentangmu di server ini. Hanya kamu yang melihat pesan ini.
exported-everywhere = Inilah yang saya simpan tentangmu di semua server.
export-too-large = Yang saya simpan tentangmu terlalu besar untuk satu pesan Discord. Gunakan `/privacy export` di satu server saja.
erase-here = Hapus yang saya simpan tentangmu di server ini? Hitunganmu dihapus, juga barismu di tabel dan laporan, dan namamu di tempat tugas menemukan sesuatu tentangmu. Ini tidak bisa diurungkan, dan pesan lama tidak dihitung lagi. Kamu tetap dihitung mulai sekarang; `/privacy opt-out` mengakhirinya. Tugas yang kamu minta tetap memuat namamu sampai tugas itu sendiri dihapus.
erase-everywhere = Hapus yang saya simpan tentangmu di semua server? Hitunganmu dihapus, juga barismu di tabel dan laporan, dan namamu di tempat tugas menemukan sesuatu tentangmu. Ini tidak bisa diurungkan, dan pesan lama tidak dihitung lagi. Kamu tetap dihitung mulai sekarang; `/privacy opt-out` mengakhirinya. Tugas yang kamu minta tetap memuat namamu sampai tugas itu sendiri dihapus.
erase-other = Hapus yang saya simpan di sini tentang { $user }, yang tidak ada di server ini? Hitungannya dihapus, juga barisnya di tabel dan laporan, dan namanya di tempat tugas menemukan sesuatu tentangnya. Ini tidak bisa diurungkan, dan pesan lama tidak dihitung lagi. Tugas yang dimintanya tetap memuat namanya sampai tugas itu sendiri dihapus.
erased = Dihapus: { $counts } hitungan, temuan { $jobs } tugas, baris di { $rewritten } file, dan { $deleted } file seluruhnya.
erased-running = { $n } tugas belum berakhir; tugas itu dibersihkan begitu berakhir.
erasing = Sedang dihapus. Itu berjalan dengan sendirinya, juga bila saya dimulai ulang.
member-is-here = { $user } ada di server ini dan bisa melakukannya dengan `/privacy erase`.

## /setup and /help

setup-title = Pengaturan
setup-chosen = Zona waktu { $zone } · bahasa: { $language } · jadwal menulis ke { $place }
setup-place-added = saluran tempat jadwal dibuat
setup-each-own = bahasa masing-masing pembaca
setup-invite = [Undang saya lagi dengan semua yang saya perlukan]({ $link })
setup-zone = Mulai sekarang hari dihitung menurut { $zone }. Jadwal yang dibuat sebelumnya tetap pada jamnya.
setup-language = Kartu baru di sini memakai { $language }.
setup-language-own = Kartu baru di sini memakai bahasa orang yang meminta.
setup-channel = Jadwal menulis ke { $channel }.
setup-channel-none = Jadwal menulis di tempat jadwal itu dibuat.
no-zone = Tidak ada zona waktu seperti itu. Berikan yang seperti `Europe/Berlin` atau `Asia/Jakarta`.
channel-unseen = Saya tidak bisa melihat saluran itu. Beri saya *Lihat Saluran* di sana, atau pilih yang lain.
channel-no-writing = Saya tidak bisa menulis di { $channel }: saya tidak punya { $names }. Berikan di pengaturannya → Izin.
check-may = Saya boleh membaca, menulis, dan melampirkan file.
check-lacks = Saya tidak punya { $names }. Berikan kepada peran saya di Pengaturan Server → Peran.
check-channel = Di { $channel } saya boleh melakukan semua yang perlu.
check-channel-lacks = Di { $channel } saya tidak punya { $names }. Berikan di pengaturannya → Izin.
check-schedules = Saluran jadwal: { $problem }
check-reads-all = Saya bisa membaca semua { $n } saluran.
check-hidden = { $hidden } dari { $channels } saluran tersembunyi dari saya: { $names }. Laporan tidak memuatnya; beri saya *Lihat Saluran* dan *Baca Riwayat Pesan* di sana agar ikut dihitung.
check-no-roles = Saya tidak bisa memberi peran: beri peran saya *Kelola Peran*, bila tugas peran diperlukan.
check-roles-above = Saya bisa memberi peran di bawah { $role }; { $n } ada di atasnya. Naikkan peran saya di Pengaturan Server → Peran agar itu pun bisa diberikan.
check-roles = Saya bisa memberi semua peran.
check-members = Saya bisa membaca daftar anggota.
check-no-members = Saya tidak bisa membaca daftar anggota: operator harus mengaktifkan intent Server Members.
# As Discord itself calls them.
permission-view_channel = Lihat Saluran
permission-send_messages = Kirim Pesan
permission-send_messages_in_threads = Kirim Pesan di Utas
permission-embed_links = Sematkan Tautan
permission-attach_files = Lampirkan File
permission-read_message_history = Baca Riwayat Pesan
help-title = Bantuan
help-what = Saya menjalankan tugas panjang untuk server ini dan menjaga satu pesan tetap benar sampai tugas itu selesai.
help-start = `/async-job` memulai satu tugas. Pesannya menunjukkan sejauh mana tugas itu; tombolnya menjeda, menghentikan, dan mengulanginya.
help-jobs = `/job list` dan `/job status` menampilkan yang berjalan dan yang sudah berjalan; `/job cancel`, `pause`, `resume`, dan `retry` mengendalikannya; `/job result`, `logs`, dan `undo` memberikan filenya, menceritakan apa yang dikerjakannya, dan mengurungkannya.
help-privacy = `/privacy export` memberimu semua yang saya simpan tentangmu, `/privacy erase` menghapusnya, `/privacy opt-out` membuat saya berhenti menghitungmu.
help-activity = `/activity report` menghitung siapa yang aktif, `/activity backfill` membaca mundur yang tidak saya lihat, `/activity inactive` menyebut siapa yang tidak, `/activity me` menunjukkan apa yang saya hitung tentangmu.
help-administrators = Untuk administrator: `/schedule add` membuat tugas berulang dengan sendirinya; `/queue pause` menjeda semua tugas di sini, `/queue stats` dan `health` menceritakan keadaannya, `/queue access` mengizinkan sebuah peran memulainya; `/setup check` menceritakan apa yang menghalangi saya di sini dan cara memperbaikinya; `/setup timezone`, `language`, dan `channel` adalah pilihan server ini sendiri.
help-counts = Saya menghitung pesan dan menit di saluran suara. Saya tidak pernah membaca apa yang ditulis.

## Days that cannot be

days-turned = Tanggal akhir lebih awal daripada tanggal mulai. Coba `start: { $start } end: { $end }`.
days-too-many = Itu { $days } hari; paling banyak { $most } hari bisa dianalisis sekaligus. Coba `start: { $start }`.
days-not-kept = Apa yang dilakukan anggota tidak disimpan selama itu. Hari paling awal adalah `{ $earliest }`.
day-unreadable =
    Saya tidak bisa membaca tanggal { $option ->
        [start] mulai
       *[end] akhir
    }. Berikan hari seperti `2026-10-01`, atau `30d`, `today`, `yesterday`.
day-in-future =
    Tanggal { $option ->
        [start] mulai
       *[end] akhir
    } ada di masa depan. Hari terakhir adalah hari ini, `{ $latest }`.
day-too-early =
    Tanggal { $option ->
        [start] mulai
       *[end] akhir
    } lebih awal daripada awal Discord. Hari paling awal adalah `{ $earliest }`.

## Forms

form-yes = Ya
form-no = Tidak
form-file-kept = Tersimpan: { $name }. Kosongkan, atau pilih yang lain.
form-put-right = Jawabanmu tersimpan: buka formulirnya lagi dan perbaiki.
form-left = { $n } pertanyaan lagi.
form-kept = Belum ada yang dimulai. Jawaban ini disimpan selama satu jam.
form-late = Formulirnya tidak dapat terbuka sendiri lagi, sebab saya lebih lama daripada Discord menunggu. Buka dengan tombolnya.
form-start = Mulai
form-discard = Buang
form-open = Buka formulir…
form-answer = Jawab { $which }…
form-correct = Perbaiki { $which }…
form-change = Ubah { $which }…
form-all = jawaban
form-discarded = Tidak ada yang dimulai.
form-gone = Jawaban ini sudah tidak disimpan. Gunakan `/async-job` lagi.
form-others = Jawaban ini milik orang lain. Mulailah milikmu sendiri dengan `/async-job`.
type-gone = Jenis tugas ini sudah tidak ada. Tanyakan kepada operator.
asked-before = Itu sudah diminta: `{ $job }`.
payload-too-large = Itu { $size } byte; satu tugas memuat { $limit }. Tidak ada yang dimulai; mintalah lebih sedikit.

## What stands in an empty field; the parts are put behind each other, with commas between.

hint-whole-number = bilangan bulat
hint-number = bilangan
hint-day = hari seperti 2026-10-31, today atau yesterday
hint-instant = hari dan jam seperti 2026-10-31 18:00
hint-time = jam seperti 18:00
hint-length = lama waktu seperti 1:30:00
hint-json = JSON, seperti {"{"}"name": "value"{"}"}
hint-one-of = salah satu dari: { $choices }
hint-from = { $figure } atau lebih
hint-above = lebih dari { $figure }
hint-to = paling banyak { $figure }
hint-below = kurang dari { $figure }
hint-lines = satu per baris

## What is wrong with an answer

wrong-missing = **{ $label }** wajib diisi.
wrong-whole-number = **{ $label }** harus bilangan bulat.
wrong-number = **{ $label }** harus bilangan.
wrong-day = **{ $label }** harus hari seperti `2026-10-31`.
wrong-instant = **{ $label }** harus hari dan jam seperti `2026-10-31 18:00`.
wrong-time = **{ $label }** harus jam seperti `18:00`.
wrong-length = **{ $label }** harus lama waktu seperti `1:30:00`.
wrong-above = **{ $label }** harus lebih dari { $figure }.
wrong-from = **{ $label }** harus { $figure } atau lebih.
wrong-below = **{ $label }** harus kurang dari { $figure }.
wrong-to = **{ $label }** harus { $figure } atau kurang.
wrong-too-short = **{ $label }** harus terdiri dari { $figure } karakter atau lebih.
wrong-too-long = **{ $label }** harus terdiri dari { $figure } karakter atau kurang.
wrong-too-few = **{ $label }** harus berisi { $figure } entri atau lebih.
wrong-too-many = **{ $label }** harus berisi { $figure } entri atau kurang.
wrong-pattern = **{ $label }** tidak sesuai bentuk yang diminta.
wrong-choice = **{ $label }** harus salah satu dari: { $figure }.
wrong-uuid = **{ $label }** harus UUID.
wrong-json = **{ $label }** harus JSON.
wrong-entry = { $label } (entri { $n })
wrong-wrote = Kamu menulis `{ $value }`.
file-too-large = **{ $label }**: `{ $name }` berukuran { $size } KiB; paling banyak { $most } KiB bisa dibaca. Kirimkan per bagian.
file-not-there = **{ $label }**: `{ $name }` tidak bisa dibaca dari Discord. Kirimkan lagi.
file-not-utf-8 = **{ $label }**: `{ $name }` bukan teks UTF-8. Simpan sebagai CSV atau teks UTF-8, lalu kirimkan lagi.
file-not-text = **{ $label }**: `{ $name }` bukan file teks. Simpan sebagai CSV atau teks UTF-8, lalu kirimkan lagi.
file-empty = **{ $label }**: `{ $name }` kosong.
file-wrong = **{ $label }**: `{ $name }`: { $why }.

## Commands: at most 100 characters each.

command-activity = Siapa yang aktif di sini, dan kapan
command-activity-backfill = Baca mundur yang ditulis sebelum saya di sini, atau selagi saya tidak ada
    .start = Hari pertama, seperti 2026-10-01 atau 30d; semuanya bila dikosongkan
    .channel = Hanya saluran ini dan utasnya
    .private = Hanya kamu yang melihat jawabannya
    .notify = Kapan kamu dipanggil: tugas lama, kegagalan, dan jeda; kegagalan dan jeda; tidak pernah
command-activity-inactive = Siapa yang belakangan ini tidak aktif, hanya untukmu
    .days = Berapa hari ke belakang; 30 bila dikosongkan
    .keep_as = Simpan daftarnya dengan nama ini, untuk dipakai nanti
command-activity-keep = Simpan anggota tidak aktif dari sebuah laporan dengan nama
    .report = Laporannya
    .name = Nama daftarnya
command-activity-lists = Daftar anggota yang disimpan, atau salah satunya sebagai file
    .list = Daftarnya; semuanya bila dikosongkan
    .forget = Hapus daftar ini
command-activity-me = Apa yang saya hitung tentangmu dalam 30 hari terakhir, hanya untukmu
command-activity-report = Analisis aktivitas anggota; jalan pintas ke /async-job
    .start = Hari pertama, seperti 2026-10-01 atau 30d; 30 hari bila dikosongkan
    .end = Hari terakhir; hari ini bila dikosongkan
    .private = Hanya kamu yang melihat jawabannya
    .notify = Kapan kamu dipanggil: tugas lama, kegagalan, dan jeda; kegagalan dan jeda; tidak pernah
command-async-job = Mulai tugas panjang; pesannya menunjukkan sejauh mana tugas itu berjalan
    .type = Apa yang harus dikerjakan
    .start = Hari pertama, seperti 2026-10-01 atau 30d (30 hari ke belakang); 30 hari bila dikosongkan
    .end = Hari terakhir, seperti 2026-10-31, today, atau yesterday; hari ini bila dikosongkan
    .channel = Saluran yang dimaksud, untuk jenis yang memerlukannya
    .role = Peran yang dimaksud, untuk jenis yang memerlukannya
    .details = Tanyakan semua yang bisa dipilih
    .private = Hanya kamu yang melihat jawabannya; pindah ke pesan langsung bila lama
    .notify = Kapan kamu dipanggil: tugas lama, kegagalan, dan jeda; kegagalan dan jeda; tidak pernah
command-help = Apa yang bisa saya lakukan di sini, dan cara memulainya
command-job = Lihat dan kendalikan tugas di server ini
command-job-cancel = Hentikan tugas; yang sudah dikerjakan tetap ada
    .id = ID tugas, seperti di kartunya
    .reason = Alasannya; ditampilkan di kartunya
command-job-list = Tugas terbaru di server ini, hanya untukmu
    .state = Hanya tugas dengan status ini, seperti running, failed, atau completed
    .type = Hanya tugas jenis ini
    .user = Hanya tugas yang diminta anggota ini
command-job-logs = Baris terakhir yang ditulis tugas tentang pekerjaannya
    .id = ID tugas, seperti di kartunya
command-job-pause = Jeda tugas setelah langkah yang sedang berjalan; tempatnya tetap
    .id = ID tugas, seperti di kartunya
    .reason = Alasannya; ditampilkan di kartunya
command-job-result = File yang dibuat tugas, hanya untukmu
    .id = ID tugas, seperti di kartunya
command-job-resume = Lanjutkan tugas yang dijeda dari tempatnya berhenti
    .id = ID tugas, seperti di kartunya
command-job-retry = Coba lagi tugas yang gagal atau dibatalkan; dilanjutkan dari tempatnya berhenti
    .id = ID tugas, seperti di kartunya
command-job-status = Kartu satu tugas saat ini, hanya untukmu
    .id = ID tugas, seperti di kartunya
command-job-undo = Batalkan perubahan yang dibuat tugas, selama belum diubah orang lain
    .id = ID tugas, seperti di kartunya
command-privacy = Yang saya simpan tentangmu: lihat, hapus, atau jangan dicatat
command-privacy-erase = Hapus yang saya simpan tentangmu, untuk selamanya
    .member = Untuk administrator: orang yang sudah tidak ada di server ini
command-privacy-export = Semua yang saya simpan tentangmu, sebagai file untukmu saja
    .format = JSON bila dikosongkan
command-privacy-opt-out = Tidak dicatat lagi; dalam pesan langsung: di server mana pun
    .back = True untuk dihitung lagi
command-queue = Keadaan tugas di server ini, dan siapa yang boleh memulainya
command-queue-access = Izinkan sebuah peran memulai suatu jenis tugas, atau lihat siapa yang boleh
    .type = Jenis tugas
    .role = Perannya
    .allow = True untuk mengizinkan (bawaan), False untuk mencabutnya
command-queue-health = Apakah tugas berjalan sebagaimana mestinya, dan apa yang harus dilakukan bila tidak
command-queue-pause = Jeda semua tugas di server ini, atau tugas dari satu jenis
    .type = Hanya tugas jenis ini; semuanya bila dikosongkan
    .reason = Alasannya; ditampilkan di kartunya
    .everywhere = Di semua server; untuk operator bot ini. Yang sedang berjalan diselesaikan
command-queue-resume = Lanjutkan tugas server ini yang dijeda
    .type = Hanya tugas jenis ini, bila hanya itu yang dijeda
    .everywhere = Di semua server; untuk operator bot ini
command-queue-stats = Berapa banyak tugas di sini, menurut status dan jenis
command-schedule = Tugas yang berulang dengan sendirinya
command-schedule-add = Jalankan tugas berulang kali, dengan kartunya di sebuah saluran
    .type = Apa yang harus dikerjakan
    .when = daily 09:00, weekly monday 09:00, monthly 1 09:00, atau cron; menurut zona waktu server ini
    .channel = Ke mana kartunya dikirim; saluran dari /setup channel, atau saluran ini, bila dikosongkan
    .days = Berapa hari yang dicakup tiap laporan, sampai hari sebelumnya; 7 bila dikosongkan
    .like = Tugas yang pilihannya diulang: saluran, peran, dan apa pun yang ditanyakan
command-schedule-list = Jadwal server ini dan kapan dijalankan berikutnya
command-schedule-pause = Istirahatkan jadwal sampai dilanjutkan
    .id = Jadwalnya
command-schedule-remove = Hapus jadwal; yang sudah dibuatnya tetap ada
    .id = Jadwalnya
command-schedule-resume = Jalankan lagi jadwal yang dijeda, mulai sekarang atas namamu
    .id = Jadwalnya
command-schedule-run-now = Jalankan tugas jadwal sekarang juga, di luar rencananya
    .id = Jadwalnya
command-setup = Apa yang saya perlukan di sini, dan pengaturan server ini sendiri
command-setup-channel = Ke mana kartu jadwal dikirim bila tidak ditentukan lain
    .channel = Kosongkan agar tidak ada tempat seperti itu
command-setup-check = Apa yang menghalangi saya di sini, dan cara memperbaikinya
command-setup-language = Bahasa kartu dan jawaban saya di server ini
    .name = Kosongkan untuk mengikuti Discord masing-masing pembaca
command-setup-timezone = Zona waktu untuk menghitung hari dan untuk jam jadwal
    .name = Seperti Europe/Berlin atau Asia/Jakarta
choice-always = selalu
choice-json = satu file (JSON)
choice-csv = tabel (CSV)
choice-failure = saat gagal
choice-never = tidak pernah
