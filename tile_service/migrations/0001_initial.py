
import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('slug', models.CharField(max_length=42)),
                ('face', models.CharField(max_length=8)),
                ('boxes', django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=5), null=True, size=None)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=42)),
                ('face', models.CharField(max_length=8)),
                ('boxes', django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=5), null=True, size=None)),
            ],
            options={
                'db_table': 'tile_service_outbox',
            },
        ),
        migrations.CreateModel(
            name='TokenGeneration',
            fields=[
                ('holder', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('generation', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='PersonalToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('label', models.CharField(help_text="what it is for, in the person's words", max_length=60)),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ends_at', models.DateTimeField()),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tile_tokens', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-made_at',),
            },
        ),
        migrations.CreateModel(
            name='PreparedFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=42)),
                ('face', models.CharField(max_length=8)),
                ('form', models.CharField(help_text="ending of the file's name", max_length=10)),
                ('digest', models.CharField(help_text='names the state of the rows', max_length=32)),
                ('name', models.CharField(help_text='the name that people get, with its date', max_length=80)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('working', 'working'), ('ready', 'ready'), ('failed', 'failed')], default='waiting', max_length=8)),
                ('rows', models.PositiveIntegerField(null=True)),
                ('truncated', models.BooleanField(default=False)),
                ('bytes', models.PositiveBigIntegerField(null=True)),
                ('asked_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('ready_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('slug', 'face', 'form', 'digest'), name='one_file_per_state')],
            },
        ),
        migrations.CreateModel(
            name='PublishedLayer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=42)),
                ('face', models.CharField(max_length=8)),
                ('kind', models.CharField(help_text='feature, hex or raster', max_length=8)),
                ('open_to_all', models.BooleanField(help_text='may be read with the token `pub`')),
                ('view', models.CharField(blank=True, help_text='its view in schema `published`', max_length=63)),
                ('login', models.CharField(blank=True, help_text="its login; empty: the app's", max_length=63)),
                ('spec', models.JSONField(help_text='zooms, columns, time bucket, attribution')),
                ('version', models.CharField(help_text='digest of all that shapes the bytes', max_length=16)),
                ('publication', models.CharField(help_text='drawn anew whenever it changes', max_length=16)),
                ('roles', models.CharField(blank=True, help_text='that see it, with commas', max_length=100)),
                ('epoch', models.BigIntegerField(default=0, help_text='number of its last change')),
                ('floor', models.BigIntegerField(default=0, help_text='last change that touched all its tiles')),
                ('counted', models.BooleanField(default=False, help_text='its stored counts hold')),
                ('low_digest', models.CharField(blank=True, help_text='digest of the geometry that low zooms were made from', max_length=32)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('slug', 'face'), name='one_row_per_face')],
            },
        ),
        migrations.CreateModel(
            name='PublishedTable',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relation', models.CharField(db_index=True, max_length=63)),
                ('layer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tables', to='tile_service.publishedlayer')),
            ],
        ),
        migrations.CreateModel(
            name='TileEpoch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=42)),
                ('face', models.CharField(max_length=8)),
                ('z', models.SmallIntegerField()),
                ('x', models.IntegerField()),
                ('y', models.IntegerField()),
                ('below', models.BooleanField(help_text='its deeper tiles changed too')),
                ('seq', models.BigIntegerField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('slug', 'face', 'z', 'x', 'y', 'below'), name='one_epoch_a_tile')],
            },
        ),
        migrations.CreateModel(
            name='LowShape',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('band', models.SmallIntegerField(help_text='deepest zoom that it is drawn at')),
                ('row', models.BigIntegerField(help_text='feature id of its row')),
                ('shape', django.contrib.gis.db.models.fields.GeometryField(srid=3857)),
                ('face', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='low_shapes', to='tile_service.publishedlayer')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('face', 'band', 'row'), name='one_low_shape_a_row')],
            },
        ),
        migrations.CreateModel(
            name='CellCount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.SmallIntegerField(help_text='zoom of the tile grid whose tiles are the cells')),
                ('span', models.SmallIntegerField(help_text='days that it covers: 1, 32, or 0 for all')),
                ('day', models.IntegerField(help_text="its first day, from 1970 in the city's time; all: 0")),
                ('qx', models.IntegerField()),
                ('qy', models.IntegerField()),
                ('n', models.BigIntegerField()),
                ('settled', models.BooleanField(help_text='false: a change not yet added to its settled count')),
                ('face', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='counts', to='tile_service.publishedlayer')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('settled', False)), fields=['face', 'level', 'span'], name='count_unsettled')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('settled', True)), fields=('face', 'level', 'span', 'day', 'qx', 'qy'), name='one_settled_count_a_cell')],
            },
        ),
    ]
