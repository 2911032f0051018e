# Kata-kata pembacaan mundur. docs/languages.md menjelaskan cara menambah bahasa lain.

title = Pembacaan Aktivitas Lampau

## Pertanyaan formulirnya

field-channels = Saluran
    .description = Hanya saluran ini dan utasnya; kosongkan untuk semua.
field-without_channels = Tanpa saluran
    .description = Semua kecuali saluran ini dan utasnya.
field-archived_threads = Utas yang diarsipkan
    .description = Baca juga utas yang diarsipkan.

## Laporan

messages = **{ $n }** pesan dari orang diketahui dari riwayat
places = { $channels } saluran · { $threads } utas
oldest = Yang tertua dari { $day }
unreadable = { $unreadable } dari { $of } saluran dan utas tidak dapat dibaca.
unreadable-among = { $unreadable } dari { $of } saluran dan utas tidak dapat dibaca, di antaranya { $names }.
alone = Ini tentang saluran yang sudah tidak ada, atau yang tidak boleh dilihat semua orang di sini. Yang meminta dapat melihat hasilnya dengan `/job status`.
not-kept = Yang lebih tua dari { $day } tidak disimpan, jadi tidak dibaca.

## Ditulis dalam bahasa Inggris selagi berjalan: sama seperti dalam kode

stored-looking = Mencari utas
stored-reading-history = Membaca riwayat
stored-threads = utas
stored-days = hari riwayat
stored-private = saluran pribadi
stored-channel-of = { $name } ({ $number } dari { $of })
stored-may-not = Orang yang meminta ini tidak lagi boleh memulainya di sini, jadi saya berhenti.
stored-no-server = Saya sudah tidak ada di server ini. Undang saya lagi, lalu tekan Coba lagi.
stored-not-begun = Hari pertama belum mulai. Pilih yang lebih awal, atau tanpa hari pertama.
stored-no-zone = { $zone } bukan zona waktu; berikan yang seperti Europe/Berlin
