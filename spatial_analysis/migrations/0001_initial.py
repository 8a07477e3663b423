
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Run',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('study', models.SlugField(max_length=40)),
                ('params', models.JSONField(default=dict)),
                ('seed', models.PositiveBigIntegerField(default=0)),
                ('inputs', models.JSONField(default=dict, help_text='version of each input layer')),
                ('state', models.CharField(choices=[('queued', 'antre'), ('running', 'berjalan'), ('done', 'selesai'), ('refused', 'ditolak'), ('failed', 'gagal')], default='queued', max_length=8)),
                ('asked_at', models.DateTimeField(auto_now_add=True)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('finished_at', models.DateTimeField(blank=True, null=True)),
                ('progress_pct', models.PositiveSmallIntegerField(default=0)),
                ('sentence', models.TextField(blank=True, help_text='the answer, or why there is none')),
                ('summary', models.JSONField(default=dict, help_text='figures of the answer')),
                ('digest', models.CharField(blank=True, max_length=64)),
                ('asked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.CreateModel(
            name='WifiScenario',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60, unique=True)),
                ('saved_at', models.DateTimeField(auto_now_add=True)),
                ('approved_at', models.DateTimeField(blank=True, null=True)),
                ('approved_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('run', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='spatial_analysis.run')),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-id',),
            },
        ),
        migrations.AddIndex(
            model_name='run',
            index=models.Index(fields=['study', 'state', '-id'], name='run_latest'),
        ),
    ]
