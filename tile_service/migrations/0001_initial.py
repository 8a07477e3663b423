
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('slug', models.CharField(max_length=42)),
                ('face', models.CharField(max_length=8)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='Outbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('relation', models.CharField(max_length=63)),
            ],
            options={
                'db_table': 'tile_service_outbox',
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
                ('epoch', models.BigIntegerField(default=0, help_text='number of its last change')),
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
    ]
