import django.contrib.gis.db.models.fields
import django.contrib.gis.db.models.functions
import django.contrib.postgres.indexes
import django.core.validators
import django.db.models.deletion
import layers.columns
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('layers', '0010_report_history'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BinEmptying',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('emptied_at', models.DateTimeField()),
                ('fill_pct', models.PositiveSmallIntegerField(help_text='last reading before, 100 means 100 or more; empty: silent sensor', null=True)),
            ],
            options={
                'ordering': ('bin', 'emptied_at'),
            },
        ),
        migrations.CreateModel(
            name='BinForecast',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_number', models.PositiveBigIntegerField(help_text='run that made it')),
                ('label', models.CharField(max_length=40)),
                ('made_at', models.DateTimeField(help_text='moment it speaks of as now')),
                ('sensed_at', models.DateTimeField(help_text='reading it starts from', null=True)),
                ('stale', models.BooleanField(help_text='sensor silent: fill now is a forecast, not a reading')),
                ('emptyings', models.PositiveIntegerField(help_text='known emptyings of this bin')),
                ('fill_now_pct', models.PositiveSmallIntegerField(null=True)),
                ('fill_low_pct', models.PositiveSmallIntegerField(help_text='8 of 10 lie between', null=True)),
                ('fill_high_pct', models.PositiveSmallIntegerField(null=True)),
                ('hours_to_80', models.FloatField(help_text='as likely earlier as later', null=True)),
                ('hours_to_80_early', models.FloatField(help_text='1 of 10 is full by then', null=True)),
                ('hours_to_80_late', models.FloatField(help_text='9 of 10 are full by then', null=True)),
                ('p_overflow', models.FloatField(help_text='chance of 100 % before the next round', null=True)),
                ('geom', django.contrib.gis.db.models.fields.PointField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'ordering': ('label',),
            },
        ),
        migrations.CreateModel(
            name='ClosedStreet',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_id', models.CharField(max_length=60)),
            ],
            options={
                'ordering': ('closure', 'source_id'),
            },
        ),
        migrations.CreateModel(
            name='ClusterEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_number', models.PositiveBigIntegerField(db_index=True, help_text='run that saw it')),
                ('question', models.CharField(db_index=True, max_length=16)),
                ('key', models.CharField(max_length=40)),
                ('became', models.CharField(choices=[('born', 'baru'), ('grown', 'bertambah'), ('shrunk', 'berkurang'), ('same', 'tetap'), ('merged', 'bergabung'), ('split', 'terbelah'), ('gone', 'hilang')], max_length=6)),
                ('n_before', models.PositiveIntegerField()),
                ('n_now', models.PositiveIntegerField()),
                ('others', models.JSONField(default=list, help_text='keys it took in, or came from')),
                ('area', models.CharField(blank=True, max_length=60)),
            ],
            options={
                'ordering': ('-run_number', 'key'),
            },
        ),
        migrations.CreateModel(
            name='HeatContour',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_number', models.PositiveBigIntegerField(db_index=True, help_text='run that wrote it')),
                ('question', models.CharField(db_index=True, help_text='digest of parameters', max_length=16)),
                ('standing', models.BooleanField(db_index=True, default=False)),
                ('held_pct', models.PositiveSmallIntegerField(help_text='of the heat, on the least area')),
                ('weekly_km2', models.FloatField(help_text='reports per km² a week at the line')),
                ('area_km2', models.FloatField()),
                ('n', models.PositiveIntegerField(help_text='reports inside')),
                ('geom', django.contrib.gis.db.models.fields.MultiPolygonField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.MultiPolygonField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'ordering': ('run_number', '-held_pct'),
            },
        ),
        migrations.CreateModel(
            name='IncidentHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_number', models.PositiveBigIntegerField(db_index=True, help_text='run that wrote it')),
                ('question', models.CharField(db_index=True, help_text='digest of parameters', max_length=16)),
                ('standing', models.BooleanField(db_index=True, default=False)),
                ('cell', models.CharField(help_text='island/spacing in metres/q/r', max_length=60)),
                ('island', models.CharField(max_length=60)),
                ('area', models.CharField(blank=True, help_text='kelurahan of most reports', max_length=60)),
                ('category', models.CharField(blank=True, help_text='empty: all open ones', max_length=40)),
                ('pattern', models.CharField(choices=[('new', 'baru'), ('consecutive', 'berturut-turut'), ('intensifying', 'menguat'), ('persistent', 'menetap'), ('diminishing', 'melemah'), ('sporadic', 'hilang timbul'), ('oscillating', 'berbalik-balik'), ('historical', 'dahulu')], max_length=12)),
                ('side', models.CharField(choices=[('hot', 'padat'), ('cold', 'jarang')], max_length=4)),
                ('n', models.PositiveIntegerField(help_text='voices in all steps, a reporter once a step')),
                ('n_last', models.PositiveIntegerField(help_text='voices in the last window')),
                ('expected_last', models.FloatField(help_text='expected in the last window')),
                ('n_hot', models.PositiveSmallIntegerField(help_text='steps with more than chance explains')),
                ('n_cold', models.PositiveSmallIntegerField()),
                ('steps', models.PositiveSmallIntegerField()),
                ('step_days', models.PositiveSmallIntegerField()),
                ('mk_z', models.FloatField(help_text='Mann-Kendall of the steps: above 0 is rising')),
                ('mk_p', models.FloatField()),
                ('last_z', models.FloatField()),
                ('geom', django.contrib.gis.db.models.fields.PolygonField(srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PolygonField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'ordering': ('run_number', 'category', 'pattern', 'cell'),
            },
        ),
        migrations.CreateModel(
            name='RoadClosure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('cause', models.CharField(choices=[('flood', 'banjir'), ('eruption', 'letusan'), ('accident', 'kecelakaan'), ('works', 'pekerjaan jalan'), ('event', 'acara')], max_length=8)),
                ('note', models.CharField(blank=True, max_length=200)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(blank=True, help_text='empty: until it is lifted', null=True)),
                ('made_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('length_m', models.PositiveIntegerField(help_text='metres of street closed')),
                ('area', django.contrib.gis.db.models.fields.GeometryField(help_text='as drawn, lines and points widened', srid=4326)),
                ('geom', django.contrib.gis.db.models.fields.MultiLineStringField(help_text='the closed streets', srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.MultiLineStringField(srid=3857))),
            ],
            options={
                'ordering': ('-starts_at', '-id'),
            },
        ),
        migrations.CreateModel(
            name='SuspectedLeak',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('run_number', models.PositiveBigIntegerField(db_index=True, help_text='run that wrote it')),
                ('question', models.CharField(db_index=True, help_text='digest of parameters', max_length=16)),
                ('standing', models.BooleanField(db_index=True, default=False)),
                ('key', models.CharField(help_text='number of its first report', max_length=40)),
                ('rank', models.PositiveIntegerField(help_text='1 has the most people behind it')),
                ('island', models.CharField(max_length=60)),
                ('area', models.CharField(blank=True, help_text='kelurahan of most reports', max_length=60)),
                ('n', models.PositiveIntegerField()),
                ('n_reporters', models.PositiveIntegerField()),
                ('n_open', models.PositiveIntegerField(help_text='reports not closed when it was worked out')),
                ('first_at', models.DateTimeField()),
                ('last_at', models.DateTimeField()),
                ('within_m', models.FloatField(help_text='largest distance between two of its reports')),
                ('geom', django.contrib.gis.db.models.fields.PointField(help_text='the report nearest to the middle', srid=4326)),
                ('tile_geom', models.GeneratedField(db_persist=True, expression=django.contrib.gis.db.models.functions.Transform('geom', 3857), output_field=django.contrib.gis.db.models.fields.PointField(srid=3857))),
                ('origin', models.CharField(choices=[('published', 'published'), ('estimated', 'estimated'), ('schematic', 'schematic'), ('synthetic', 'synthetic')], default='published', max_length=10)),
            ],
            options={
                'ordering': ('run_number', 'rank'),
            },
        ),
        migrations.CreateModel(
            name='TurnRestriction',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source_id', models.CharField(max_length=60, unique=True)),
                ('from_street', models.CharField(max_length=60)),
                ('via_node', models.CharField(max_length=60)),
                ('to_street', models.CharField(max_length=60)),
                ('only', models.BooleanField(default=False, help_text='the only way on, not a forbidden one')),
            ],
            options={
                'ordering': ('source_id',),
            },
        ),
        migrations.AddField(
            model_name='category',
            name='public_cell_m',
            field=models.PositiveIntegerField(default=200, help_text='side of a blur cell', validators=[django.core.validators.MinValueValidator(50)]),
        ),
        migrations.AddField(
            model_name='report',
            name='blurred_geom',
            field=django.contrib.gis.db.models.fields.PointField(blank=True, null=True, srid=4326),
        ),
        migrations.AddField(
            model_name='report',
            name='public_cell',
            field=models.CharField(blank=True, db_default='', default='', help_text='blur cell; empty: exact', max_length=80),
        ),
        migrations.AddField(
            model_name='report',
            name='public_kelurahan',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='layers.kelurahan'),
        ),
        migrations.AlterField(
            model_name='incidentcluster',
            name='key',
            field=models.CharField(help_text='stays from answer to answer', max_length=40),
        ),
        migrations.AlterField(
            model_name='report',
            name='public_geom',
            field=django.contrib.gis.db.models.fields.PointField(blank=True, help_text='by category: exact, one secret place in its blur cell once that holds five published reports, or none', null=True, srid=4326),
        ),
        migrations.AddIndex(
            model_name='report',
            index=models.Index(condition=models.Q(('public_cell', ''), _negated=True), fields=['public_cell'], name='report_public_cell'),
        ),
        migrations.AddConstraint(
            model_name='report',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('blurred_geom'), name='report_blurred_geom_ok'),
        ),
        migrations.AddField(
            model_name='binemptying',
            name='bin',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='emptyings', to='layers.wastebin'),
        ),
        migrations.AddField(
            model_name='binforecast',
            name='bin',
            field=models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='forecast', to='layers.wastebin'),
        ),
        migrations.AddConstraint(
            model_name='clusterevent',
            constraint=models.UniqueConstraint(fields=('run_number', 'key'), name='clusterevent_one_a_run'),
        ),
        migrations.AddIndex(
            model_name='heatcontour',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='heatcontour_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='heatcontour',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='heatcontour_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='heatcontour',
            constraint=models.UniqueConstraint(fields=('question', 'held_pct'), name='heatcontour_one_a_question'),
        ),
        migrations.AddIndex(
            model_name='incidenthistory',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='incidenthistory_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='incidenthistory',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='incidenthistory_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='incidenthistory',
            constraint=models.UniqueConstraint(fields=('question', 'category', 'cell'), name='incidenthistory_one_a_question'),
        ),
        migrations.AddField(
            model_name='roadclosure',
            name='lifted_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='roadclosure',
            name='made_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='closedstreet',
            name='closure',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='streets', to='layers.roadclosure'),
        ),
        migrations.AddField(
            model_name='suspectedleak',
            name='reports',
            field=models.ManyToManyField(related_name='suspected_leaks', to='layers.report'),
        ),
        migrations.AddConstraint(
            model_name='binemptying',
            constraint=models.UniqueConstraint(fields=('bin', 'emptied_at'), name='one_emptying_a_moment'),
        ),
        migrations.AddIndex(
            model_name='binforecast',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='binforecast_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='binforecast',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='binforecast_geom_ok'),
        ),
        migrations.AddIndex(
            model_name='roadclosure',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='roadclosure_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='roadclosure',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='roadclosure_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='roadclosure',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('area'), name='roadclosure_area_ok'),
        ),
        migrations.AddConstraint(
            model_name='roadclosure',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__isnull', True), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='closure_ends_after_it_starts'),
        ),
        migrations.AddConstraint(
            model_name='closedstreet',
            constraint=models.UniqueConstraint(fields=('closure', 'source_id'), name='one_street_a_closure'),
        ),
        migrations.AddIndex(
            model_name='suspectedleak',
            index=django.contrib.postgres.indexes.GistIndex(fields=['tile_geom'], name='suspectedleak_tile_geom_gist'),
        ),
        migrations.AddConstraint(
            model_name='suspectedleak',
            constraint=models.CheckConstraint(condition=layers.columns.GeoOk('geom'), name='suspectedleak_geom_ok'),
        ),
        migrations.AddConstraint(
            model_name='suspectedleak',
            constraint=models.UniqueConstraint(fields=('question', 'key'), name='suspectedleak_one_a_question'),
        ),
    ]
