
import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import django.db.models.expressions
import layers.catalog.reports.states
import layers.columns
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('layers', '0001_database'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CalendarDay',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField(unique=True)),
                ('working', models.BooleanField(default=False)),
                ('why', models.CharField(max_length=120)),
            ],
            options={
                'ordering': ('day',),
            },
        ),
        migrations.CreateModel(
            name='Agency',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('name_en', models.CharField(blank=True, max_length=120)),
                ('channel', models.CharField(default='inbox', max_length=20)),
                ('geom', django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'verbose_name_plural': 'agencies',
                'ordering': ('code',),
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='agency_tile_geom_gist')],
                'constraints': [models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='agency_geom_ok')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(blank=True, max_length=60)),
                ('rule_version', models.PositiveIntegerField(blank=True, null=True)),
                ('explained', models.TextField()),
                ('state', models.CharField(choices=[('open', 'menunggu'), ('accepted', 'diterima'), ('handed_back', 'dikembalikan'), ('recalled', 'ditarik'), ('done', 'selesai')], default='open', max_length=11)),
                ('made_at', models.DateTimeField()),
                ('plan_at', models.DateField(blank=True, null=True)),
                ('postponed', models.PositiveSmallIntegerField(default=0)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='layers.agency')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='Category',
            fields=[
                ('code', models.SlugField(max_length=40, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('name_en', models.CharField(max_length=60)),
                ('glyph', models.CharField(default='dot', max_length=20)),
                ('rank', models.PositiveSmallIntegerField(default=0, help_text='order in lists')),
                ('public_precision', models.CharField(choices=[('exact', 'tepat'), ('blur', 'dikaburkan'), ('kelurahan', 'kelurahan saja'), ('never', 'tidak pernah')], default='never', max_length=9)),
                ('urgent', models.BooleanField(default=False)),
                ('sea_is_fine', models.BooleanField(default=False)),
                ('photo_wanted', models.BooleanField(default=True)),
                ('duplicate_radius_m', models.PositiveIntegerField(default=50, help_text='0 = off')),
                ('duplicate_hours', models.PositiveIntegerField(default=336)),
                ('work_days', models.PositiveSmallIntegerField(default=5, help_text='working days')),
                ('proof_m', models.PositiveIntegerField(blank=True, null=True)),
                ('default_agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='layers.agency')),
            ],
            options={
                'verbose_name_plural': 'categories',
                'ordering': ('rank', 'code'),
            },
        ),
        migrations.CreateModel(
            name='FollowUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('words', models.TextField(blank=True)),
                ('proposed', models.CharField(max_length=22)),
                ('op_id', models.UUIDField(unique=True)),
                ('made_at', models.DateTimeField()),
                ('assignment', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='layers.assignment')),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='HazardZone',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('eruption', 'letusan'), ('tsunami', 'tsunami'), ('flood', 'banjir')], max_length=10)),
                ('level', models.PositiveSmallIntegerField(default=1)),
                ('geom', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.MultiPolygonField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='hazardzone_tile_geom_gist')],
                'constraints': [models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='hazardzone_geom_ok')],
            },
        ),
        migrations.CreateModel(
            name='Island',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('geom', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.MultiPolygonField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'ordering': ('code',),
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='island_tile_geom_gist')],
                'constraints': [models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='island_geom_ok')],
            },
        ),
        migrations.CreateModel(
            name='Kecamatan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('people', models.PositiveIntegerField(help_text='registered residents')),
                ('people_origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('geom', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.MultiPolygonField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'verbose_name_plural': 'kecamatan',
                'ordering': ('code',),
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='kecamatan_tile_geom_gist')],
                'constraints': [models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='kecamatan_geom_ok')],
            },
        ),
        migrations.CreateModel(
            name='Kelurahan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.CharField(max_length=20, unique=True)),
                ('name', models.CharField(max_length=60)),
                ('postcode', models.CharField(blank=True, max_length=10)),
                ('people', models.PositiveIntegerField()),
                ('people_origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('marker', django.contrib.gis.db.models.fields.PointField(help_text='representative point on land', srid=4326)),
                ('geom', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.MultiPolygonField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kelurahan', to='layers.island')),
                ('kecamatan', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='kelurahan', to='layers.kecamatan')),
            ],
            options={
                'verbose_name_plural': 'kelurahan',
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='Facility',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('kind', models.CharField(choices=[('school', 'Sekolah'), ('health', 'Kesehatan'), ('office', 'Kantor'), ('worship', 'Tempat ibadah'), ('market', 'Pasar'), ('park', 'Taman'), ('port', 'Pelabuhan, bandara'), ('landmark', 'Tempat penting'), ('tpa', 'TPA'), ('depot', 'Pangkalan')], max_length=10)),
                ('power_hours', models.PositiveSmallIntegerField(default=24, help_text='hours a day')),
                ('source', models.CharField(blank=True, max_length=200)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
                ('kelurahan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.kelurahan')),
            ],
            options={
                'verbose_name_plural': 'facilities',
            },
        ),
        migrations.CreateModel(
            name='Pier',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
            ],
        ),
        migrations.CreateModel(
            name='FerryLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=40, unique=True)),
                ('name', models.CharField(max_length=80)),
                ('carries_vehicles', models.BooleanField(default=False)),
                ('geom', django.contrib.gis.db.models.fields.LineStringField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.LineStringField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('from_pier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines_from', to='layers.pier')),
                ('to_pier', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines_to', to='layers.pier')),
            ],
        ),
        migrations.CreateModel(
            name='PopulationCell',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('geom', django.contrib.gis.db.models.fields.PointField(help_text='centre of the cell', srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('people', models.FloatField()),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='layers.island')),
                ('kelurahan', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to='layers.kelurahan')),
            ],
        ),
        migrations.CreateModel(
            name='Post',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('unit', models.CharField(blank=True, max_length=60)),
                ('until', models.DateField(blank=True, null=True)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to='layers.agency')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='posts', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Report',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('client_id', models.UUIDField(unique=True)),
                ('content_hash', models.CharField(max_length=64)),
                ('number', models.CharField(max_length=20, unique=True)),
                ('door', models.CharField(choices=[('form', 'formulir web'), ('officer', 'petugas'), ('open311', 'Open311'), ('sp4n', 'SP4N-LAPOR!'), ('112', '112'), ('chat', 'obrolan'), ('sms', 'SMS'), ('sample', 'contoh sintetis')], max_length=8)),
                ('door_ref', models.CharField(blank=True, max_length=80, null=True)),
                ('source', models.SlugField(blank=True, help_text='file it was imported from', max_length=40)),
                ('sp4n_id', models.CharField(blank=True, max_length=60, null=True, unique=True)),
                ('words', models.TextField(blank=True)),
                ('public_words', models.TextField(blank=True)),
                ('landmark', models.CharField(blank=True, max_length=200)),
                ('place_source', models.CharField(choices=[('phone', 'posisi HP'), ('tap', 'ketuk peta'), ('kelurahan', 'kelurahan saja'), ('desk', 'dipasang petugas'), ('file', 'berkas'), ('none', 'tanpa lokasi')], max_length=9)),
                ('accuracy_m', models.PositiveIntegerField(blank=True, null=True)),
                ('at_sea', models.BooleanField(default=False)),
                ('observed_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_index=True)),
                ('state', models.CharField(choices=[('baru', 'baru'), ('perlu_lokasi', 'perlu_lokasi'), ('perlu_info', 'perlu_info'), ('diragukan', 'diragukan'), ('terverifikasi', 'terverifikasi'), ('diteruskan', 'diteruskan'), ('diterima', 'diterima'), ('dijadwalkan', 'dijadwalkan'), ('dikerjakan', 'dikerjakan'), ('menunggu_validasi', 'menunggu_validasi'), ('selesai', 'selesai')], max_length=17)),
                ('public_state', models.GeneratedField(db_persist=True, expression=models.Case(models.When(state__in=[layers.catalog.reports.states.State['NEW'], layers.catalog.reports.states.State['NEEDS_PLACE'], layers.catalog.reports.states.State['NEEDS_INFO'], layers.catalog.reports.states.State['DOUBTED']], then=models.Value(layers.catalog.reports.states.PublicState['UNVERIFIED'])), models.When(state__in=[layers.catalog.reports.states.State['VERIFIED'], layers.catalog.reports.states.State['FORWARDED'], layers.catalog.reports.states.State['ACCEPTED']], then=models.Value(layers.catalog.reports.states.PublicState['WAITING'])), models.When(state__in=[layers.catalog.reports.states.State['PLANNED'], layers.catalog.reports.states.State['IN_WORK'], layers.catalog.reports.states.State['AWAITS_CHECK']], then=models.Value(layers.catalog.reports.states.PublicState['IN_PROCESS'])), models.When(state__in=[layers.catalog.reports.states.State['CLOSED']], then=models.Value(layers.catalog.reports.states.PublicState['CLOSED']))), output_field=models.CharField(max_length=21))),
                ('resolution', models.CharField(blank=True, choices=[('diperbaiki', 'diperbaiki'), ('tidak_dapat_dikerjakan', 'tidak_dapat_dikerjakan'), ('bukan_wewenang', 'bukan_wewenang'), ('duplikat', 'duplikat'), ('tidak_terbukti', 'tidak_terbukti'), ('kedaluwarsa', 'kedaluwarsa'), ('tidak_tercatat', 'tidak_tercatat')], max_length=22, null=True)),
                ('history_seq', models.PositiveIntegerField(default=1)),
                ('row_version', models.PositiveIntegerField(default=1)),
                ('urgent', models.BooleanField(default=False)),
                ('follow_key_hash', models.CharField(blank=True, max_length=64)),
                ('phone_mark', models.CharField(blank=True, max_length=64)),
                ('supporters', models.PositiveIntegerField(default=0)),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('final_at', models.DateTimeField(blank=True, null=True)),
                ('practice', models.BooleanField(default=False)),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('geom', django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('public_geom', django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326)),
                ('tile_public_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('public_geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='layers.category')),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
                ('kelurahan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.kelurahan')),
                ('main_report', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='duplicates', to='layers.report')),
            ],
            options={
                'ordering': ('-received_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='Photo',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('report', 'laporan'), ('follow_up', 'tindak lanjut'), ('contest', 'keberatan')], max_length=9)),
                ('name', models.CharField(max_length=40, unique=True)),
                ('sha256_sent', models.CharField(max_length=64)),
                ('likeness', models.BigIntegerField()),
                ('width', models.PositiveSmallIntegerField()),
                ('height', models.PositiveSmallIntegerField()),
                ('stored_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(blank=True, null=True)),
                ('follow_up', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='layers.followup')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='photos', to='layers.report')),
            ],
            options={
                'ordering': ('id',),
            },
        ),
        migrations.CreateModel(
            name='Forward',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('channel', models.CharField(max_length=20)),
                ('unverified', models.BooleanField(default=False, help_text='urgent: sent before a verdict')),
                ('payload_hash', models.CharField(max_length=64)),
                ('state', models.CharField(choices=[('waiting', 'antre'), ('sent', 'terkirim'), ('recalled', 'ditarik'), ('failed', 'gagal')], default='waiting', max_length=8)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('made_at', models.DateTimeField()),
                ('next_at', models.DateTimeField(blank=True, null=True)),
                ('lease_until', models.DateTimeField(blank=True, null=True)),
                ('error_code', models.CharField(blank=True, max_length=40)),
                ('receipt', models.CharField(blank=True, max_length=120)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forwards', to='layers.agency')),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='forwards', to='layers.report')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.AddField(
            model_name='followup',
            name='report',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='follow_ups', to='layers.report'),
        ),
        migrations.CreateModel(
            name='DoubtSignal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.SlugField(max_length=20)),
                ('points', models.SmallIntegerField()),
                ('evidence', models.JSONField(default=dict)),
                ('weights_version', models.PositiveSmallIntegerField(default=1)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='layers.report')),
            ],
            options={
                'ordering': ('-points', 'kind'),
            },
        ),
        migrations.CreateModel(
            name='Clock',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('verifikasi', 'verifikasi'), ('jawaban', 'jawaban'), ('rencana', 'rencana'), ('terus_ulang', 'terus_ulang'), ('kerja', 'kerja'), ('validasi', 'validasi'), ('keberatan', 'keberatan')], max_length=12)),
                ('started_at', models.DateTimeField()),
                ('started_seq', models.PositiveIntegerField(default=1)),
                ('due_at', models.DateTimeField()),
                ('paused_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_at', models.DateTimeField(blank=True, null=True)),
                ('stopped_seq', models.PositiveIntegerField(blank=True, null=True)),
                ('outcome', models.CharField(blank=True, choices=[('met', 'tepat'), ('missed', 'lewat'), ('void', 'gugur')], max_length=6)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='clocks', to='layers.report')),
            ],
            options={
                'ordering': ('due_at',),
            },
        ),
        migrations.AddField(
            model_name='assignment',
            name='report',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='layers.report'),
        ),
        migrations.CreateModel(
            name='ReportHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField()),
                ('prev_seq', models.PositiveIntegerField(null=True)),
                ('move', models.CharField(max_length=20)),
                ('from_state', models.CharField(max_length=17)),
                ('to_state', models.CharField(max_length=17)),
                ('at', models.DateTimeField()),
                ('actor_role', models.CharField(max_length=9)),
                ('screen', models.CharField(blank=True, max_length=40)),
                ('reason_code', models.CharField(blank=True, max_length=60)),
                ('note_hash', models.CharField(blank=True, max_length=64)),
                ('prev_hash', models.CharField(blank=True, max_length=64)),
                ('hash', models.CharField(max_length=64)),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='layers.report')),
            ],
            options={
                'verbose_name_plural': 'report history',
                'ordering': ('report', 'seq'),
            },
        ),
        migrations.CreateModel(
            name='ReportMove',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('move', models.CharField(max_length=20)),
                ('from_state', models.CharField(max_length=17)),
                ('to_state', models.CharField(max_length=17)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('move', 'from_state', 'to_state'), name='report_moves')],
            },
        ),
        migrations.CreateModel(
            name='ReportNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('seq', models.PositiveIntegerField(help_text='history line it belongs to')),
                ('words', models.TextField()),
                ('shown_to', models.CharField(choices=[('reporter', 'pelapor'), ('agency', 'instansi'), ('desk', 'meja')], default='desk', max_length=8)),
                ('erased_at', models.DateTimeField(blank=True, null=True)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notes', to='layers.report')),
            ],
            options={
                'ordering': ('report', 'seq'),
            },
        ),
        migrations.CreateModel(
            name='RoutingRule',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('note', models.CharField(blank=True, max_length=200)),
                ('row_version', models.PositiveIntegerField(default=1)),
                ('agency', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='layers.agency')),
                ('category', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rules', to='layers.category')),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
                ('kelurahan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.kelurahan')),
            ],
            options={
                'ordering': ('category', 'kelurahan', 'island'),
            },
        ),
        migrations.AddField(
            model_name='assignment',
            name='rule',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to='layers.routingrule'),
        ),
        migrations.CreateModel(
            name='StreetEdge',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_id', models.CharField(max_length=60, unique=True)),
                ('name', models.CharField(blank=True, max_length=120)),
                ('street_class', models.CharField(help_text='highway value of OpenStreetMap', max_length=20)),
                ('direction', models.CharField(choices=[('both', 'dua arah'), ('forward', 'searah garis'), ('backward', 'lawan garis')], default='both', max_length=8)),
                ('max_speed_kph', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('surface', models.CharField(blank=True, max_length=20)),
                ('bridge', models.BooleanField(default=False)),
                ('width_m', models.FloatField(blank=True, null=True)),
                ('length_m', models.FloatField(help_text='geodesic length')),
                ('from_node', models.CharField(max_length=60)),
                ('to_node', models.CharField(max_length=60)),
                ('geom', django.contrib.gis.db.models.fields.LineStringField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.LineStringField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, to='layers.island')),
            ],
        ),
        migrations.CreateModel(
            name='Validation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outcome', models.CharField(choices=[('baik', 'baik'), ('pulang', 'dipulangkan')], max_length=12)),
                ('reason', models.TextField(blank=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('done_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('follow_up', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='validations', to='layers.followup')),
            ],
        ),
        migrations.CreateModel(
            name='Verdict',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('reason', models.CharField(blank=True, max_length=60)),
                ('signals', models.JSONField(default=list)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('report', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='verdicts', to='layers.report')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='WasteBin',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(max_length=40, unique=True)),
                ('capacity_l', models.PositiveIntegerField()),
                ('fill_pct', models.PositiveSmallIntegerField(blank=True, help_text='percent of capacity, 0-100', null=True)),
                ('battery_pct', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('sensed_at', models.DateTimeField(blank=True, help_text='when fill_pct was measured', null=True)),
                ('keyholder_note', models.CharField(blank=True, max_length=200)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
            ],
            options={
                'ordering': ('label',),
            },
        ),
        migrations.CreateModel(
            name='WastePlace',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='wasteplace_tile_geom_gist')],
                'constraints': [models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='wasteplace_geom_ok')],
            },
        ),
        migrations.CreateModel(
            name='WifiHotspot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('status', models.CharField(choices=[('works', 'hidup'), ('weak', 'lemah'), ('off', 'mati'), ('planned', 'rencana')], max_length=8)),
                ('status_since', models.DateField(blank=True, null=True)),
                ('provider', models.CharField(blank=True, max_length=80)),
                ('bandwidth_mbps', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('radius_m', models.PositiveSmallIntegerField(default=60, help_text='signal radius')),
                ('power_hours', models.PositiveSmallIntegerField(default=24, help_text='hours a day')),
                ('source', models.CharField(blank=True, max_length=200)),
                ('contact_note', models.CharField(blank=True, max_length=200)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
                ('kelurahan', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.kelurahan')),
            ],
            options={
                'ordering': ('code',),
            },
        ),
        migrations.CreateModel(
            name='WifiStatusChange',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('status', models.CharField(choices=[('works', 'hidup'), ('weak', 'lemah'), ('off', 'mati'), ('planned', 'rencana')], max_length=8)),
                ('on', models.DateField()),
                ('source', models.CharField(blank=True, max_length=200)),
                ('hotspot', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='history', to='layers.wifihotspot')),
            ],
            options={
                'ordering': ('on',),
            },
        ),
        migrations.CreateModel(
            name='WorkOrder',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('waste', 'angkut sampah'), ('repair', 'perbaikan'), ('leak', 'dugaan kebocoran'), ('lamp', 'lampu padam'), ('check', 'periksa di tempat')], max_length=8)),
                ('words', models.CharField(blank=True, max_length=300)),
                ('state', models.CharField(choices=[('open', 'terbuka'), ('routed', 'dalam rute'), ('done', 'selesai'), ('cancelled', 'batal')], default='open', max_length=9)),
                ('load_l', models.PositiveIntegerField(default=0, help_text='litres to carry away')),
                ('asset_key', models.CharField(blank=True, help_text='layer:natural key', max_length=80)),
                ('cluster_key', models.CharField(blank=True, help_text='cluster it grew from', max_length=80)),
                ('run_digest', models.CharField(blank=True, max_length=64)),
                ('made_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('agency', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.agency')),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
                ('reports', models.ManyToManyField(blank=True, related_name='work_orders', to='layers.report')),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='FerryDeparture',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('outward', models.BooleanField(help_text='from `from_pier` to `to_pier`')),
                ('departs_at', models.TimeField()),
                ('weekdays', models.PositiveSmallIntegerField(default=127, help_text='bit 0 = Monday ... bit 6 = Sunday', validators=[django.core.validators.MaxValueValidator(127)])),
                ('crossing_min', models.PositiveSmallIntegerField()),
                ('boarding_min', models.PositiveSmallIntegerField(default=15)),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('line', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='departures', to='layers.ferryline')),
            ],
            options={
                'ordering': ('line', '-outward', 'departs_at'),
                'constraints': [models.UniqueConstraint(fields=('line', 'outward', 'departs_at', 'weekdays'), name='one_departure')],
            },
        ),
        migrations.CreateModel(
            name='CctvCamera',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('code', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('bearing_deg', models.PositiveSmallIntegerField(help_text='0 = north, clockwise')),
                ('view_deg', models.PositiveSmallIntegerField(default=70, help_text='width of the view')),
                ('range_m', models.PositiveSmallIntegerField(default=80)),
                ('owner', models.CharField(choices=[('city', 'kota'), ('agency', 'instansi'), ('private', 'swasta')], default='city', max_length=8)),
                ('health', models.CharField(choices=[('alive', 'hidup'), ('dead', 'mati'), ('unknown', 'tidak diketahui')], default='unknown', max_length=8)),
                ('seen_at', models.DateTimeField(blank=True, null=True)),
                ('source', models.CharField(blank=True, max_length=200)),
                ('stream_address', models.CharField(blank=True, max_length=300)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
                ('island', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, to='layers.island')),
            ],
            options={
                'ordering': ('code',),
                'indexes': [django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='cctvcamera_tile_geom_gist')],
                'constraints': [models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='cctvcamera_geom_ok'), models.CheckConstraint(condition=models.Q(('bearing_deg__lt', 360), ('view_deg__lte', 360)), name='cctv_angles')],
            },
        ),
        migrations.AddIndex(
            model_name='kelurahan',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='kelurahan_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='kelurahan',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='kelurahan_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='kelurahan',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('marker'), name='kelurahan_marker_ok'),
        ),
        migrations.AddIndex(
            model_name='facility',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='facility_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='facility',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='facility_geom_ok'),
        ),
        migrations.AddIndex(
            model_name='pier',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='pier_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='pier',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='pier_geom_ok'),
        ),
        migrations.AddIndex(
            model_name='ferryline',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='ferryline_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='ferryline',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='ferryline_geom_ok'),
        ),
        migrations.AddIndex(
            model_name='populationcell',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='populationcell_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='populationcell',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='populationcell_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='populationcell',
            constraint=models.CheckConstraint(condition=models.Q(('people__gte', 0)), name='people_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='post',
            constraint=models.UniqueConstraint(fields=('user', 'agency', 'unit'), name='post_once'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='report_tile_geom_gist'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_public_geom'], name='report_tile_public_geom_gist'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['state', '-received_at'], name='report_queue'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['category', 'received_at'], name='report_category_time'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('published_at__isnull', False)), fields=['published_at'], name='report_published'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(fields=['phone_mark', 'received_at'], name='report_phone'),
        ),
        migrations.AddIndex(
            model_name='report',
            index=django.contrib.postgres.indexes.GistIndex(fields=['words'], name='report_words_trgm', opclasses=('gist_trgm_ops',)),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='report_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('public_geom'), name='report_public_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.UniqueConstraint(fields=('door', 'door_ref'), name='report_door_ref'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolution__isnull', False), ('state', layers.catalog.reports.states.State['CLOSED'])), models.Q(models.Q(('state', layers.catalog.reports.states.State['CLOSED']), _negated=True), ('resolution__isnull', True)), _connector='OR'), name='report_closed_has_resolution'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('geom__isnull', False), ('state__in', frozenset([layers.catalog.reports.states.State['CLOSED'], layers.catalog.reports.states.State['NEEDS_INFO'], layers.catalog.reports.states.State['NEEDS_PLACE']])), ('door', 'sp4n'), _connector='OR'), name='report_place'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('main_report__isnull', True), ('resolution', layers.catalog.reports.states.Resolution['DUPLICATE']), _connector='OR'), name='report_main_only_for_duplicates'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=models.Q(('published_at__isnull', True), models.Q(('state__in', frozenset([layers.catalog.reports.states.State['DOUBTED'], layers.catalog.reports.states.State['NEEDS_INFO'], layers.catalog.reports.states.State['NEEDS_PLACE'], layers.catalog.reports.states.State['NEW']])), _negated=True), _connector='OR'), name='report_unverified_is_unpublished'),
        ),
        migrations.AddIndex(
            model_name='photo',
            index=models.Index(fields=['sha256_sent'], name='photo_sent'),
        ),
        migrations.AddConstraint(
            model_name='photo',
            constraint=models.UniqueConstraint(fields=('report', 'sha256_sent'), name='photo_once'),
        ),
        migrations.AddIndex(
            model_name='forward',
            index=models.Index(fields=['state', 'next_at'], name='forward_due'),
        ),
        migrations.AddConstraint(
            model_name='doubtsignal',
            constraint=models.UniqueConstraint(fields=('report', 'kind', 'weights_version'), name='doubt_once'),
        ),
        migrations.AddIndex(
            model_name='clock',
            index=models.Index(condition=models.Q(('stopped_at__isnull', True)), fields=['due_at'], name='clock_running'),
        ),
        migrations.AddConstraint(
            model_name='clock',
            constraint=models.UniqueConstraint(condition=models.Q(('stopped_at__isnull', True)), fields=('report', 'kind'), name='clock_one_running'),
        ),
        migrations.AddConstraint(
            model_name='reporthistory',
            constraint=models.UniqueConstraint(fields=('report', 'prev_seq'), name='history_no_fork', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='reporthistory',
            constraint=models.UniqueConstraint(fields=('report', 'seq', 'to_state'), name='history_end'),
        ),
        migrations.AddConstraint(
            model_name='reporthistory',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('prev_seq__isnull', True), ('seq', 1)), ('prev_seq', django.db.models.expressions.CombinedExpression(models.F('seq'), '-', models.Value(1))), _connector='OR'), name='history_no_gap'),
        ),
        migrations.AddConstraint(
            model_name='routingrule',
            constraint=models.UniqueConstraint(fields=('category', 'kelurahan', 'island'), name='routing_equal_rules', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='routingrule',
            constraint=models.CheckConstraint(condition=models.Q(('kelurahan__isnull', True), ('island__isnull', True), _connector='OR'), name='routing_one_area'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.UniqueConstraint(condition=models.Q(('state__in', ('open', 'accepted'))), fields=('report', 'agency'), name='assignment_one_live'),
        ),
        migrations.AddIndex(
            model_name='streetedge',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='streetedge_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='streetedge',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='streetedge_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='validation',
            constraint=models.CheckConstraint(condition=models.Q(('by', models.F('done_by')), _negated=True), name='validation_by_another'),
        ),
        migrations.AddIndex(
            model_name='wastebin',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='wastebin_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='wastebin',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='wastebin_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='wastebin',
            constraint=models.CheckConstraint(condition=models.Q(('fill_pct__isnull', True), ('fill_pct__lte', 100), _connector='OR'), name='bin_fill_pct'),
        ),
        migrations.AddIndex(
            model_name='wifihotspot',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='wifihotspot_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='wifihotspot',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='wifihotspot_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='wifihotspot',
            constraint=models.CheckConstraint(condition=models.Q(('power_hours__lte', 24)), name='wifi_power_hours_a_day'),
        ),
        migrations.AddConstraint(
            model_name='wifistatuschange',
            constraint=models.UniqueConstraint(fields=('hotspot', 'on', 'status'), name='one_status_change_a_day'),
        ),
        migrations.AddIndex(
            model_name='workorder',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='workorder_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='workorder',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='workorder_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='workorder',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('asset_key', ''), _negated=True), ('state__in', ('open', 'routed'))), fields=('asset_key',), name='workorder_one_open_per_asset'),
        ),
        migrations.AddConstraint(
            model_name='workorder',
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(('cluster_key', ''), _negated=True), ('state__in', ('open', 'routed'))), fields=('cluster_key',), name='workorder_one_open_per_cluster'),
        ),
    ]
