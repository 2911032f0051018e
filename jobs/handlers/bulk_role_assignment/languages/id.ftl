# Kata-kata pemberian peran. docs/languages.md menjelaskan cara menambah bahasa lain.

title = Pemberian Peran
title-undo-role-assignment = Pemberian Peran: Urungkan

## Pertanyaan formulirnya

field-role_ids = Peran
    .description = Peran yang dimaksud.
field-action = Tindakan
    .description = Ganti menyisakan peran ini dan mengambil semua peran lain yang dapat diberikan orang.
choice-add = Tambah
choice-remove = Ambil
choice-replace = Ganti
field-who = Siapa
    .description = Disebut: mereka yang dipilih, didaftar atau dikirim.
choice-named = Disebut
choice-all = Semua
choice-humans = Manusia
choice-bots = Bot
field-member_ids = Anggota
    .description = Anggota-anggota ini.
field-preset = Pilihan tersimpan
    .description = Mulai dengan pilihan yang disimpan dengan nama ini.
field-more_members = Anggota lain
    .description = Anggota lain: id atau sebutan.
field-id_file = Berkas id
    .description = Berkas berisi id anggota: satu per baris, atau kolom pertama sebuah CSV.
field-list_name = Nama daftar
    .description = Daftar anggota yang tersimpan, menurut nama atau id-nya.
field-any_roles = Salah satu peran
    .description = Hanya yang memiliki salah satu peran ini.
field-all_roles = Semua peran
    .description = Hanya yang memiliki semua peran ini.
field-no_roles = Tanpa peran
    .description = Bukan yang memiliki salah satu peran ini.
field-joined_after = Bergabung setelah
    .description = Hanya yang bergabung pada hari ini atau sesudahnya.
field-joined_before = Bergabung sebelum
    .description = Hanya yang bergabung sebelum hari ini.
field-account_days_min = Umur akun paling sedikit
    .description = Hanya akun yang berumur sekurang-kurangnya sekian hari.
field-account_days_max = Umur akun paling banyak
    .description = Hanya akun yang berumur paling banyak sekian hari.
field-active_days = Hari aktif
    .description = Hanya yang aktif dalam sekian hari terakhir.
field-inactive_days = Hari tidak aktif
    .description = Hanya yang tidak aktif dalam sekian hari terakhir.
field-until = Sampai
    .description = Tarik kembali pada waktu ini.
field-late_joiners = Yang datang terlambat
    .description = Di akhir, tambahkan yang bergabung sementara itu, dan periksa hasilnya.
field-reason = Alasan
    .description = Mengapa; tercatat di log audit server.
field-keep_as = Simpan sebagai
    .description = Simpan pilihan ini dengan nama ini.

## Sebelum dikonfirmasi

headline-add = tambah { $roles }
headline-remove = ambil { $roles }
headline-replace = ganti dengan { $roles }
headline-undo = tarik kembali yang dilakukan `{ $job }` dengan { $roles }
subject-undo = tarik kembali yang dilakukan `{ $job }`
and-more = { $named } dan { $rest } lagi
preview-changes = **{ $n }** anggota akan berubah
preview-right = { $n } sudah benar
preview-blocked = { $n } tidak dapat diubah ({ $reasons })
blocked-gone = { $n } tidak ada di sini
blocked-above = { $n } dengan peran yang tidak boleh saya atau Anda ambil
blocked-changed = { $n } sejak itu diubah orang lain
blocked-role-gone = { $n } yang perannya dihapus
preview-partly = { $n } di antaranya hanya sebagian: sisanya sejak itu diubah orang lain
preview-examples = Misalnya: { $members }
preview-time = Sekitar { $duration }.
preview-danger = ⚠️ { $role } dapat { $permissions }.
preview-beyond = ⚠️ { $roles } dapat melakukan yang tidak boleh Anda lakukan.
preview-late = Yang bergabung sementara itu mendapat hal yang sama di akhir.
permission-administrator = melakukan segalanya
permission-manage-server = mengelola server
permission-manage-roles = mengelola peran
permission-manage-channels = mengelola kanal
permission-manage-webhooks = mengelola webhook
permission-ban = memblokir anggota
permission-kick = mengeluarkan anggota
permission-time-out = membisukan anggota sementara
permission-manage-messages = mengelola pesan
permission-mention-everyone = menyebut semua orang
permission-manage-nicknames = mengelola nama panggilan
permission-manage-threads = mengelola utas
permission-manage-events = mengelola acara
permission-manage-expressions = mengelola emoji
permission-audit-log = membaca log audit

## Yang sudah dilakukan saat tugas berhenti sebelum selesai

counted-ok = { $n } diubah
until-nothing = Tidak ada yang diubah.
until-changed = { $n } dari { $of } anggota diubah
until-skipped = { $n } dilewati
until-refused = { $n } ditolak oleh Discord
until-rest = sisanya tidak disentuh

## Yang dilakukan

nothing = Tidak ada yang perlu diubah.
done-add = **{ $n }** anggota mendapatkannya
done-remove = **{ $n }** anggota tidak memilikinya lagi
done-replace = **{ $n }** anggota diubah
done-undo = **{ $n }** anggota kembali seperti semula
done-right = { $n } memang sudah benar
done-gone = { $n } telah keluar
done-failed = { $n } ditolak oleh Discord
checked =
    Diperiksa: { $stands } dari { $of } sesuai rencana; { $late ->
        [0] tidak ada yang datang terlambat.
       *[other] { $late } yang datang terlambat ditambahkan.
    }
taken-back = Ditarik kembali { $when }.

## Yang ditulis dalam bahasa Inggris dan ditampilkan kemudian.

stored-reading = Membaca anggota
stored-changing = Mengubah peran
stored-checking = Memeriksa hasil
stored-late = Menambahkan yang datang terlambat
stored-members = anggota
stored-waits = Menunggu konfirmasi Anda.
stored-then-resume = { $cause } Lalu tekan Lanjutkan: tugas diteruskan dengan { $left } yang tersisa.
stored-then-cancel = { $cause } Tekan Batalkan, lalu minta lagi untuk { $left } yang tersisa.
stored-lapsed = Tidak ada yang mengonfirmasinya dalam 15 menit.
stored-over = Waktunya sudah lewat.
stored-over-before = Waktu penarikan kembalinya sudah lewat. Pilih waktu yang lebih akhir.
stored-too-far = Dapat ditarik kembali dalam waktu satu tahun. Pilih waktu yang lebih awal.
stored-caller-gone = Orang yang memintanya tidak ada lagi di server ini. Orang lain harus memintanya.
stored-caller-lacks = Orang yang memintanya tidak boleh mengelola peran di sini. Ia memerlukan izin Kelola Peran.
stored-bot-lacks = Saya tidak boleh mengelola peran di sini. Beri peran saya izin Kelola Peran di Pengaturan Server, Peran.
stored-unknown = Peran { $role } tidak ada di sini. Peran itu telah dihapus, atau milik server lain.
stored-everyone = Semua orang memiliki peran @everyone. Pilih yang lain.
stored-bot = Peran { $role } milik sebuah bot. Tidak ada yang dapat memberi atau mengambilnya.
stored-integration = Peran { $role } diberikan oleh sebuah integrasi. Tidak ada orang lain yang dapat memberi atau mengambilnya.
stored-booster = Peran { $role } untuk mereka yang mem-boost server ini. Tidak ada yang dapat memberi atau mengambilnya.
stored-subscription = Peran { $role } dijual lewat langganan. Tidak ada yang dapat memberi atau mengambilnya.
stored-linked = Anggota mendapat peran { $role } dengan menautkan akun. Tidak ada yang dapat memberi atau mengambilnya.
stored-managed = Peran { $role } dikelola oleh Discord. Tidak ada yang dapat memberi atau mengambilnya.
stored-above-bot = Saya tidak boleh mengelola peran { $role }: peran itu tidak berada di bawah peran saya. Pindahkan peran saya ke atasnya di Pengaturan Server, Peran.
stored-above-caller = Orang yang memintanya tidak boleh mengelola peran { $role }: peran itu tidak berada di bawah perannya. Beri ia peran yang lebih tinggi.
stored-refused-in-a-row = Discord menolak { $n } perubahan berturut-turut karena alasan yang sama (kode { $code }), jadi saya berhenti.
stored-two-factor = Server ini meminta autentikasi dua faktor. Pemilik saya harus menyalakannya untuk akunnya.
stored-not-in-server = Saya tidak ada lagi di server ini. Undang saya lagi, lalu tekan Coba lagi.
stored-may-not-start = Orang yang memintanya tidak boleh memulainya lagi di sini, jadi saya berhenti.
stored-members-hidden = Discord menyembunyikan daftar anggota dari saya. Nyalakan Server Members Intent, lalu tekan Coba lagi.
stored-no-list = Daftar { $list } tidak disimpan lagi di sini. Buat lagi.
stored-no-preset = Tidak ada pilihan yang disimpan di sini dengan nama { $name }. Minta lagi, dan tentukan pilihannya.
stored-other-presets = Tidak ada pilihan yang disimpan di sini dengan nama { $name }. Yang ada: { $names }. Minta lagi dengan salah satunya.
stored-preset-misfit = Pilihan yang disimpan sebagai { $name } tidak cocok lagi. Simpan lagi.
stored-not-known = Tidak ada yang tahu siapa yang tidak aktif selama { $days } hari. Jalankan Analisis Anggota untuknya, lalu minta lagi.
stored-no-undo = Apa yang dilakukan tugas itu tidak disimpan lagi, jadi tidak dapat ditarik kembali.
stored-back-waits = { $cause } Lalu tekan Lanjutkan; atau orang lain menarik kembali { $job } dengan /job undo.
stored-waits-for = Menunggu akhir { $job }.
stored-choose-roles = pilih sedikitnya satu peran, atau sebutkan pilihan tersimpan
stored-say-who = sebutkan siapa: pilih anggota, kirim daftar id, atau pilih semua, manusia atau bot
stored-needs-zone = waktu penarikan kembalinya memerlukan zona waktu
stored-active-or-not = pilih yang aktif atau yang tidak, bukan keduanya
stored-no-age = tidak ada akun yang lebih tua dan lebih muda dari itu
stored-no-id = “{ $word }” bukan id anggota
stored-shortened-id = “{ $word }” adalah id yang dipendekkan oleh spreadsheet; jadikan kolomnya teks, lalu isi lagi
stored-no-ids = berkas itu tidak memuat id anggota
