# Kata-kata analisis anggota.

title = Analisis Anggota
description = Siapa yang aktif, di mana dan kapan: jumlah, anggota teratas, grafik, dan tabel.

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
field-generate_report = Buat laporan
    .description = Buat grafik dan tabel, selain ringkasan.
field-compare = Bandingkan
    .description = Bandingkan dengan periode sebelumnya.

## The report

range = { $start } sampai { $end }
active = **{ $active }** dari { $members } anggota aktif
active-change = **{ $active }** dari { $members } anggota aktif ({ $change } %)
messages = **{ $n }** pesan
voice = **{ $hours } jam** di saluran suara
hours = { $hours } jam
busiest = Paling ramai: { $weekday } { $hour }
silent = { $n } tidak menunjukkan aktivitas
joined = { $n } bergabung
left = { $n } anggota aktif sudah keluar sejak itu
top-members = Anggota teratas, menurut pesan
unreadable = { $unreadable } dari { $channels } saluran tidak bisa dibaca.
unreadable-these = { $unreadable } dari { $channels } saluran tidak bisa dibaca: { $names }.
unreadable-among = { $unreadable } dari { $channels } saluran tidak bisa dibaca, di antaranya { $names }.
alone = Ini tentang saluran yang tidak boleh dilihat semua orang di sini. Yang meminta bisa melihat hasilnya dengan `/job status` dan Unduh.
unsure = { $n } sebelumnya memilih tidak dicatat; apa yang mereka lakukan sampai saat itu tidak diketahui.
nothing-known = Tidak ada yang diketahui tentang waktu ini; itu tidak berarti tidak ada yang aktif.
time-zone = Hari dan jam menurut { $zone }.
voice-unknown = Suara tidak diketahui: saya tidak ada di sana untuk melihatnya.
voice-since = Suara diketahui sejak { $day }.
voice-share = Suara diketahui untuk { $share } % dari waktu itu; selebihnya saya tidak ada.

## The chart, in its own letters: no emoji

chart-title = Aktivitas anggota
chart-server = Server ini
chart-by-day = Per hari
chart-hours = jam di saluran suara
chart-messages = pesan
chart-members = anggota aktif
chart-hours-by-weekday = Jam di saluran suara, menurut hari dan jam
chart-messages-by-weekday = Pesan, menurut hari dan jam
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
stored-may-not = Orang yang meminta ini tidak lagi boleh memulainya di sini, jadi saya berhenti.
stored-no-server = Saya sudah tidak ada di server ini. Undang saya lagi, lalu tekan Coba lagi.
stored-no-members = Discord menyembunyikan daftar anggota dari saya. Aktifkan intent Server Members, lalu tekan Coba lagi.
stored-in-order = tanggal akhir lebih awal daripada tanggal mulai
stored-too-long = paling banyak { $days } hari bisa dianalisis sekaligus
stored-nothing-included = sertakan pesan, waktu suara, atau keduanya
stored-no-zone = { $zone } bukan zona waktu; berikan yang seperti Asia/Jakarta
