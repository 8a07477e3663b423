
import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import layers.columns
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('layers', '0001_database'),
    ]

    operations = [
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
        migrations.AddIndex(
            model_name='streetedge',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='streetedge_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='streetedge',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='streetedge_geom_ok'),
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
    ]
