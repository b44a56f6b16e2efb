"""Until when a used refresh token is a race and no theft."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_second_factor_and_erasure")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="race_until",
            field=models.DateTimeField(
                help_text="Who arrived before this cannot have read the last answer.", null=True
            ),
        ),
    ]
