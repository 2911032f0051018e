# Kata-kata analisis anggota.

title = Analisis Anggota

## Questions of its form

field-channels = Saluran
    .description = Hanya saluran ini; kosongkan untuk semua.
field-without_channels = Tanpa saluran
    .description = Semua kecuali saluran ini.
field-roles = Peran
    .description = Hanya anggota dengan salah satu peran ini; kosongkan untuk semua.
field-without_roles = Tanpa peran
    .description = Semua kecuali anggota dengan salah satu peran ini.
field-include_voice_time = Sertakan waktu suara
    .description = Hitung waktu di saluran suara.
field-include_message_count = Sertakan jumlah pesan
    .description = Hitung pesan.
field-include_reactions = Sertakan reaksi
    .description = Hitung reaksi yang diberikan.
field-generate_report = Buat laporan
    .description = Buat grafik dan tabel, selain ringkasan.
field-compare = Bandingkan
    .description = Bandingkan dengan periode sebelumnya.
field-inactive_messages = Pesan anggota tidak aktif
    .description = Tidak aktif adalah yang menulis paling banyak sekian pesan,
field-inactive_voice_minutes = Menit suara anggota tidak aktif
    .description = dan berada di saluran suara paling lama sekian menit,
field-inactive_reactions = Reaksi anggota tidak aktif
    .description = dan memberi paling banyak sekian reaksi,
field-grace_days = Hari tenggang
    .description = dan bergabung setidaknya sekian hari yang lalu,
field-exempt_roles = Peran yang dikecualikan
    .description = dan tidak punya satu pun dari peran ini.

## The report

range = { $start } sampai { $end }
active = **{ $active }** dari { $members } anggota aktif
active-unknown = Apa yang dilakukan { $members } anggota pada waktu ini tidak diketahui
messages = **{ $n }** pesan
voice = **{ $hours } jam** di saluran suara
reactions = **{ $n }** reaksi
hours = { $hours } jam
busiest = Paling ramai: { $weekday } { $hour }
silent = { $n } tidak menunjukkan aktivitas
joined = { $n } bergabung
gone = { $n } keluar
left = { $n } anggota aktif sudah keluar sejak itu
top-members = Anggota teratas, menurut { $of }
unreadable = { $unreadable } dari { $channels } saluran tidak bisa dibaca.
unreadable-these = { $unreadable } dari { $channels } saluran tidak bisa dibaca: { $names }.
unreadable-among = { $unreadable } dari { $channels } saluran tidak bisa dibaca, di antaranya { $names }.
alone = Ini tentang saluran yang sudah tidak ada, atau yang tidak boleh dilihat semua orang di sini. Yang meminta bisa melihat hasilnya dengan `/job status` dan Unduh.
none-left = Tidak ada saluran yang diminta yang tersisa: sudah tidak ada, diarsipkan, atau dikecualikan. Mulai lagi dengan saluran lain.
unsure = { $n } sebelumnya memilih tidak dicatat, atau meminta datanya dihapus; apa yang mereka lakukan sampai saat itu tidak diketahui.
nothing-counted = Tidak ada yang dihitung pada waktu ini, dari yang bisa saya lihat.
nothing-known = Tidak ada yang diketahui tentang waktu ini; itu tidak berarti tidak ada yang aktif.
too-little-known = Terlalu sedikit yang diketahui tentang waktu ini untuk menyebut siapa pun tidak aktif.
time-zone = Hari dan jam menurut { $zone }.
voice-unknown = Suara tidak diketahui: saya tidak ada di sana untuk melihatnya.
voice-since = Suara diketahui sejak { $day }.
voice-share = Suara diketahui untuk { $share } % dari waktu itu; selebihnya saya tidak ada.
returning = { $n } kembali setelah jeda
newcomers = Anggota baru yang masih aktif: { $kept }
kept = { $kept } dari { $of } setelah { $days } hari
inactive = { $n } tidak aktif, { $never } di antaranya belum pernah terlihat
concentration-messages = Sepersepuluh yang paling aktif ({ $members }) menulis { $share } % dari semua pesan
concentration-voice = Sepersepuluh yang paling aktif ({ $members }) menghabiskan { $share } % dari waktu suara
concentration-reactions = Sepersepuluh yang paling aktif ({ $members }) memberi { $share } % dari semua reaksi

## The figures in the files, each with where it comes from

unknown = tidak diketahui
figure-members = Anggota
figure-active = Anggota aktif
figure-silent = Tanpa aktivitas
figure-unsure = Tidak diketahui, karena pernah memilih tidak dicatat atau meminta datanya dihapus
figure-new = Bergabung
figure-new-active = Bergabung dan aktif
figure-returning = Kembali
figure-gone = Keluar
figure-left = Aktif dan sudah keluar sejak itu
figure-kept = Anggota baru yang aktif setelah { $days } hari
figure-kept-of = { $kept } dari { $of }
figure-of = dari { $of }
figure-messages = Pesan
figure-voice = Jam di saluran suara
figure-reactions = Reaksi yang diberikan
figure-concentration = Pemusatan
figure-busiest = Jam paling ramai
figure-inactive = Tidak aktif
figure-never = Tidak aktif dan belum pernah terlihat
figure-exempt = Dikecualikan karena peran
figure-grace = Dikecualikan karena masih baru
source-members = Daftar anggota saat ini, tanpa bot; yang bergabung lalu keluar lagi tidak ada di dalamnya.
source-any = Siapa pun yang menunjukkan salah satu dari yang dihitung. Sejauh mana masing-masing diketahui tertulis di sampingnya.
source-messages = Dilihat saat dikirim, dan dibaca kembali dari riwayat { $read } dari { $channels } saluran. Yang dihapus sebelum saya melihatnya tidak terhitung.
source-voice = Dilihat saat terjadi; suara tidak bisa dibaca kembali.
source-voice-since = Dilihat saat terjadi, sejak { $day }: { $share } % dari waktu itu. Suara tidak bisa dibaca kembali.
reactions-unknown = Reaksi tidak diketahui: saya tidak ada di sana untuk melihatnya.
source-reactions = Dilihat saat diberikan; kapan itu terjadi tidak bisa dibaca kembali.
source-reactions-since = Dilihat saat diberikan, sejak { $day }: { $share } % dari waktu itu. Kapan itu terjadi tidak bisa dibaca kembali.
source-unsure = Mereka memilih tidak dicatat dalam sebagian waktu ini, atau meminta datanya dihapus, dan tidak menunjukkan aktivitas pada sisanya.
source-returning = Aktif pada periode ini dan tidak pada periode sebelumnya, dan bukan anggota baru.
source-left = Mereka aktif dan sudah tidak ada di daftar anggota.
source-compared = Kedua periode dibandingkan menurut { $of } saja; selebihnya tidak diketahui untuk keduanya.
source-gone = Dilihat saat mereka keluar; itu tidak bisa dibaca kembali. Yang keluar lalu kembali termasuk di dalamnya.
source-gone-since = Dilihat saat mereka keluar, sejak { $day }: { $share } % dari waktu itu. Itu tidak bisa dibaca kembali.
source-kept = Dari mereka yang harinya tiba pada periode ini, siapa yang aktif pada hari itu atau sesudahnya. Yang sudah keluar dihitung bila saya melihat mereka bergabung.
source-exempt = Mereka akan ada di daftar ini, tetapi punya peran yang dikecualikan.
source-grace = Mereka akan ada di daftar ini, tetapi belum { $n } hari di sini.
source-never = Tidak ada yang disimpan tentang mereka, dari saluran mana pun dan waktu kapan pun.
rules = Yang { $rules }.
rule-messages = { $n ->
    [0] tidak menulis apa pun
   *[other] menulis paling banyak { $n } pesan
}
rule-voice = { $n ->
    [0] tidak berada di saluran suara
   *[other] berada di saluran suara paling lama { $n } menit
}
rule-reactions = { $n ->
    [0] tidak memberi reaksi
   *[other] memberi paling banyak { $n } reaksi
}
rule-voice-unseen = Suara diketahui untuk { $share } % dari waktu itu; yang ada di sana pada sisanya bisa ada di daftar ini.
rule-both-unseen = Suara dan reaksi diketahui untuk { $share } % dari waktu itu; yang tidak melakukan hal lain mungkin melakukannya pada sisanya.
rule-reactions-unseen = Reaksi diketahui untuk { $share } % dari waktu itu; yang memberi reaksi pada sisanya bisa ada di daftar ini.
rule-grace = sudah { $n } hari di sini
rule-roles = tidak punya satu pun dari { $n } peran yang dikecualikan
channel-gone = (sudah tidak ada)
member-left = (sudah keluar)
kind-text = teks
kind-announcement = pengumuman
kind-voice = suara
kind-stage = panggung
kind-thread = utas
kind-forum = forum

## The workbook

sheet-summary = Ringkasan
sheet-members = Anggota
sheet-channels = Saluran
sheet-days = Hari
sheet-hours = Jam
sheet-inactive-members = Tidak aktif
sheet-coverage = Cakupan
sheet-server = Server
sheet-first-day = Hari pertama
sheet-last-day = Hari terakhir
sheet-time-zone = Zona waktu
sheet-figure = Angka
sheet-value = Nilai
sheet-change = Perubahan (%)
sheet-source = Asalnya
sheet-what = Apa
sheet-from = Dari
sheet-until = Sampai
sheet-unreadable = Saluran yang tidak bisa dibaca
sheet-there = Saya ada untuk melihat
sheet-member-id = ID anggota
sheet-channel-id = ID saluran
sheet-name = Nama
sheet-joined = Bergabung
sheet-messages = Pesan
sheet-voice-minutes = Suara (menit)
sheet-voice-hours = Suara (jam)
sheet-reactions = Reaksi
sheet-active = Aktif
sheet-last-active = Terakhir aktif
sheet-inactive = Tidak aktif
sheet-last-seen = Terakhir terlihat
sheet-never-seen = Belum pernah terlihat
sheet-kind = Jenis
sheet-everyone = Terlihat semua orang
sheet-readable = Bisa dibaca
sheet-day = Hari
sheet-weekday = Nama hari
sheet-active-members = Anggota aktif
sheet-months = Bulan sebelumnya
sheet-month = Bulan
sheet-joins = Bergabung
sheet-leaves = Keluar

## The page

page-language = id
page-figures = Angka lainnya
page-top-members = Anggota teratas menurut { $of }
page-top-channels = Saluran teratas menurut { $of }
page-gone-quiet = Anggota tidak aktif
page-never-seen = Belum pernah terlihat
page-first = { $shown } pertama dari { $all }; semuanya ada di buku kerja dan di file CSV.
page-yes = ya
page-no = tidak
page-unknown = tidak diketahui
page-known = Sejauh mana setiap jenis aktivitas diketahui tertulis pada angkanya di atas.
page-months = Bulan-bulan sebelumnya
page-months-note = Apa yang dilakukan setiap anggota sebelum { $day } sudah tidak disimpan. Jumlah per bulan (UTC) ini yang tersisa.
page-more-stretches = dan { $n } kali lagi; semuanya ada di buku kerja
page-never-there = Saya tidak ada pada waktu ini; yang dihitung dibaca kembali.
page-made = Keadaan { $at }.

## The chart, in its own letters: no emoji

chart-title = Aktivitas anggota
chart-server = Server ini
chart-by-day = Per hari
chart-hours = jam di saluran suara
chart-messages = pesan
chart-reactions = reaksi
chart-members = anggota aktif
chart-hours-by-weekday = Jam di saluran suara, menurut hari dan jam
chart-messages-by-weekday = Pesan, menurut hari dan jam
chart-reactions-by-weekday = Reaksi, menurut hari dan jam
chart-weekend = akhir pekan
chart-nothing = tidak ada data

## Written down in English while it runs

stored-reading-members = Membaca anggota
stored-reading-history = Membaca riwayat
stored-counting = Menghitung
stored-drawing = Menggambar grafik
stored-members = anggota
stored-days = hari riwayat
stored-files = file
stored-private = saluran pribadi
stored-channel-of = { $name } ({ $number } dari { $of })
stored-may-not = Orang yang meminta ini tidak lagi boleh memulainya di sini, jadi saya berhenti.
stored-not-kept = Apa yang dilakukan anggota saat itu sudah tidak disimpan. Mulai lagi dengan { $first } sebagai hari pertama.
stored-not-kept-but-sums = Apa yang dilakukan anggota saat itu sudah tidak disimpan. Mulai lagi dengan { $first } sebagai hari pertama; jumlah per bulan yang tersisa dari waktu sebelumnya ada di halaman dan buku kerjanya.
stored-no-server = Saya sudah tidak ada di server ini. Undang saya lagi, lalu tekan Coba lagi.
stored-no-members = Discord menyembunyikan daftar anggota dari saya. Aktifkan intent Server Members, lalu tekan Coba lagi.
stored-not-begun = Waktu ini belum dimulai. Pilih hari pertama yang sudah dimulai, lalu mulai lagi.
stored-in-order = tanggal akhir lebih awal daripada tanggal mulai
stored-too-long = paling banyak { $days } hari bisa dianalisis sekaligus
stored-nothing-included = sertakan pesan, waktu suara, atau reaksi
stored-no-zone = { $zone } bukan zona waktu; berikan yang seperti Asia/Jakarta
