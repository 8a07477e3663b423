import django.contrib.gis.db.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tile_service', '0010_change_feed'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The former triggers go with their function; changes on the way are forgotten, since
        # `publish_layers` runs after every migration and names all tiles anew.
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS public.tile_service_touched() CASCADE;"
            "DELETE FROM tile_service_outbox; DELETE FROM tile_service_change",
            migrations.RunSQL.noop,
        ),
        # The former triggers go with their function; changes on the way are forgotten, since
        # `publish_layers` runs after every migration and names all tiles anew.
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS public.tile_service_touched() CASCADE;"
            "DELETE FROM tile_service_outbox; DELETE FROM tile_service_change",
            migrations.RunSQL.noop,
        ),
        # The former triggers go with their function; changes on the way are forgotten, since
        # `publish_layers` runs after every migration and names all tiles anew.
        migrations.RunSQL(
            "DROP FUNCTION IF EXISTS public.tile_service_touched() CASCADE;"
            "DELETE FROM tile_service_outbox; DELETE FROM tile_service_change",
            migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name='TokenGeneration',
            fields=[
                ('holder', models.CharField(max_length=40, primary_key=True, serialize=False)),
                ('generation', models.BigIntegerField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RemoveField(
            model_name='change',
            name='id',
        ),
        migrations.RemoveField(
            model_name='outbox',
            name='relation',
        ),
        migrations.AddField(
            model_name='change',
            name='boxes',
            field=django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=5), null=True, size=None),
        ),
        migrations.AddField(
            model_name='change',
            name='seq',
            field=models.BigIntegerField(default=0, primary_key=True, serialize=False),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='outbox',
            name='boxes',
            field=django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=5), null=True, size=None),
        ),
        migrations.AddField(
            model_name='outbox',
            name='face',
            field=models.CharField(default=0, max_length=8),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='outbox',
            name='slug',
            field=models.CharField(default=0, max_length=42),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='publishedlayer',
            name='counted',
            field=models.BooleanField(default=False, help_text='its stored counts hold'),
        ),
        migrations.AddField(
            model_name='publishedlayer',
            name='floor',
            field=models.BigIntegerField(default=0, help_text='last change that touched all its tiles'),
        ),
        migrations.AddField(
            model_name='publishedlayer',
            name='low_digest',
            field=models.CharField(blank=True, help_text='digest of the geometry that low zooms were made from', max_length=32),
        ),
        migrations.AddField(
            model_name='publishedlayer',
            name='publication',
            field=models.CharField(default=0, help_text='drawn anew whenever it changes', max_length=16),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name='publishedlayer',
            name='roles',
            field=models.CharField(blank=True, help_text='that see it, with commas', max_length=100),
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
    ]
